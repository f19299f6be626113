"""A WSGI app that sends much."""

from a2wsgi import WSGIMiddleware


def much(environ, start_response):
    start_response("200 OK", [("content-type", "text/plain")])
    for _ in range(100):
        yield b"piece"


app = WSGIMiddleware(much)
