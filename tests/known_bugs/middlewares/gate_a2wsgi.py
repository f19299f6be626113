"""HTTP goes by way of WSGI and back; the rest goes straight to the app."""

from a2wsgi import ASGIMiddleware, WSGIMiddleware


def make(app):
    there_and_back = WSGIMiddleware(ASGIMiddleware(app))

    async def both(scope, receive, send):
        await (there_and_back if scope["type"] == "http" else app)(scope, receive, send)

    return both
