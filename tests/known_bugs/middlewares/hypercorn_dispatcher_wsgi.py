"""The app at the top, and a WSGI page beside it."""

from hypercorn.middleware import AsyncioWSGIMiddleware, DispatcherMiddleware


def page(environ, start_response):
    start_response("200 OK", [("content-type", "text/plain")])
    return [b"the page"]


def make(app):
    return DispatcherMiddleware({"/page": AsyncioWSGIMiddleware(page), "/": app})
