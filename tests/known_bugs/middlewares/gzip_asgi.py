"""Compressed."""

from asgi_gzip import GZipMiddleware


def make(app):
    return GZipMiddleware(app)
