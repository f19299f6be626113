"""A WSGI page, and nothing for WebSockets; the lifespan is the app's."""

from a2wsgi import WSGIMiddleware


def page(environ, start_response):
    start_response("200 OK", [("content-type", "text/plain")])
    return [b"the page"]


def make(app):
    wrapped = WSGIMiddleware(page)

    async def both(scope, receive, send):
        await (wrapped if scope["type"] in ("http", "websocket") else app)(scope, receive, send)

    return both
