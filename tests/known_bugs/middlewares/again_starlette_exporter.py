"""Requests are counted and timed for Prometheus."""

from starlette_exporter import PrometheusMiddleware


def make(app):
    return PrometheusMiddleware(app)
