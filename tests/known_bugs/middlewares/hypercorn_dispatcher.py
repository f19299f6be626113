"""One app, mounted at the top."""

from hypercorn.middleware import DispatcherMiddleware


def make(app):
    return DispatcherMiddleware({"/": app})
