"""Errors go to Rollbar, which is not reached."""

from rollbar.contrib.starlette import LoggerMiddleware


def make(app):
    return LoggerMiddleware(app)
