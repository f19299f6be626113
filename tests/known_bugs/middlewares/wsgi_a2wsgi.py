"""A WSGI page; what is not HTTP is the app's."""

from a2wsgi import WSGIMiddleware


def page(environ, start_response):
    start_response("200 OK", [("content-type", "text/plain")])
    return [b"the page"]


def make(app):
    wrapped = WSGIMiddleware(page)

    async def both(scope, receive, send):
        await (wrapped if scope["type"] == "http" else app)(scope, receive, send)

    return both
