"""A WSGI page with a header that is latin-1, as PEP 3333 allows; what is not HTTP is the app's."""

from hypercorn.middleware import AsyncioWSGIMiddleware


def page(environ, start_response):
    disposition = 'attachment; filename="caf\u00e9.txt"'
    start_response("200 OK", [("content-type", "text/plain"), ("content-disposition", disposition)])
    return [b"the page"]


def make(app):
    async def both(scope, receive, send):
        if scope["type"] != "http":
            return await app(scope, receive, send)
        await AsyncioWSGIMiddleware(page)(scope, receive, send)

    return both
