"""A WSGI app that gives back what it is sent."""

from asgiref.wsgi import WsgiToAsgi


def echo(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("content-type", "text/plain")])
    return [body]


app = WsgiToAsgi(echo)
