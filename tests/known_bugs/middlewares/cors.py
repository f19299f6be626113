"""Pages may be read from everywhere."""

from asgi_cors import asgi_cors


def make(app):
    return asgi_cors(app, allow_all=True)
