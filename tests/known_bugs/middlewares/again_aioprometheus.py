"""Requests are counted."""

from aioprometheus import MetricsMiddleware, Registry


def make(app):
    return MetricsMiddleware(app, registry=Registry())
