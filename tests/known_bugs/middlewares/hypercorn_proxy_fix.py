"""Behind a proxy that is trusted."""

from hypercorn.middleware import ProxyFixMiddleware


def make(app):
    return ProxyFixMiddleware(app)
