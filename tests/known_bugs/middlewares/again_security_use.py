"""Requests are looked through for attacks; what is found would go to a place where nobody listens."""

from security_use.sensor import SecurityMiddleware


def make(app):
    return SecurityMiddleware(app, webhook_url="http://127.0.0.1:9/")
