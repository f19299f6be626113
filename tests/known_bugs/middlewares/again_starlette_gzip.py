"""Compressed, however short."""

from starlette.middleware.gzip import GZipMiddleware


def make(app):
    return GZipMiddleware(app, minimum_size=1)
