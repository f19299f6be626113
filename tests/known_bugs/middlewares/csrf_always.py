"""Guarded against forged requests, with the cookie in every answer."""

from asgi_csrf import asgi_csrf


def make(app):
    return asgi_csrf(app, signing_secret="secret", always_set_cookie=True)
