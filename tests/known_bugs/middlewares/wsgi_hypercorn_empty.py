"""A WSGI app with nothing new; what is not HTTP is the app's."""

from hypercorn.middleware import AsyncioWSGIMiddleware


def unchanged(environ, start_response):
    start_response("304 Not Modified", [("ETag", '"1"')])
    return []


def make(app):
    async def both(scope, receive, send):
        wrapped = AsyncioWSGIMiddleware(unchanged) if scope["type"] == "http" else app
        await wrapped(scope, receive, send)

    return both
