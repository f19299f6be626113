"""An id for each request."""

from asgi_correlation_id import CorrelationIdMiddleware


def make(app):
    return CorrelationIdMiddleware(app)
