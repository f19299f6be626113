"""A WSGI app that gives back what it is sent; what is not HTTP is the app's."""

from asgiref.wsgi import WsgiToAsgi


def echo(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("content-type", "text/plain")])
    return [body]


def make(app):
    async def both(scope, receive, send):
        wrapped = WsgiToAsgi(echo) if scope["type"] == "http" else app
        await wrapped(scope, receive, send)

    return both
