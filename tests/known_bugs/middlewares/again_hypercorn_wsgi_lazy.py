"""A WSGI page as a generator: no status before its first part is asked for. What is not HTTP is the app's."""

from hypercorn.middleware import AsyncioWSGIMiddleware


def page(environ, start_response):
    start_response("200 OK", [("content-type", "text/plain")])
    yield b"the page"


def make(app):
    async def both(scope, receive, send):
        if scope["type"] != "http":
            return await app(scope, receive, send)
        await AsyncioWSGIMiddleware(page)(scope, receive, send)

    return both
