"""A WSGI page for ASGI servers."""

from uvicorn.middleware import wsgi


def page(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"the page"]


app = getattr(wsgi, "_WSGIMiddleware", wsgi.WSGIMiddleware)(page)
