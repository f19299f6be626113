"""A WSGI page for ASGI servers."""

from a2wsgi import WSGIMiddleware


def page(environ, start_response):
    start_response("200 OK", [("content-type", "text/plain")])
    return [b"the page"]


app = WSGIMiddleware(page)
