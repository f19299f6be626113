"""A WSGI app with nothing new."""

from hypercorn.middleware import AsyncioWSGIMiddleware


def unchanged(environ, start_response):
    start_response("304 Not Modified", [("ETag", '"1"')])
    return []


app = AsyncioWSGIMiddleware(unchanged)
