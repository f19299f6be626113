"""Guarded against forged requests."""

from asgi_csrf import asgi_csrf


def make(app):
    return asgi_csrf(app, signing_secret="secret")
