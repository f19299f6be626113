"""A WSGI app, served through the bridge."""

from starlette.middleware.wsgi import WSGIMiddleware


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]


app = WSGIMiddleware(hello)
