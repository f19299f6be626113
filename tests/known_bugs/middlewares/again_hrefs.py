"""Hyperlinks to the app's resources can be resolved while it answers."""

from hrefs.starlette import HrefMiddleware


def make(app):
    return HrefMiddleware(app)
