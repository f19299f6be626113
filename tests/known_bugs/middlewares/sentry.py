"""Watched by Sentry, which reports to nobody."""

import sentry_sdk
from sentry_sdk.integrations.asgi import SentryAsgiMiddleware

sentry_sdk.init()


def make(app):
    return SentryAsgiMiddleware(app)
