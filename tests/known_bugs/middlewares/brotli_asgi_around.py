"""Compressed with brotli."""

from brotli_asgi import BrotliMiddleware


def make(app):
    return BrotliMiddleware(app)
