"""A WSGI app that sends more than it says; what is not HTTP is the app's."""

from asgiref.wsgi import WsgiToAsgi


def longer(environ, start_response):
    start_response("200 OK", [("content-length", "5")])
    return [b"12345678"]


def make(app):
    async def both(scope, receive, send):
        wrapped = WsgiToAsgi(longer) if scope["type"] == "http" else app
        await wrapped(scope, receive, send)

    return both
