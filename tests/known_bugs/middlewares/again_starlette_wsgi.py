"""A WSGI page that looks at its path; what is not HTTP is the app's."""

from starlette.middleware.wsgi import WSGIMiddleware


def page(environ, start_response):
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8")
    found = path in ("", "/")
    start_response("200 OK" if found else "404 Not Found", [("Content-Type", "text/plain")])
    return [b"the page"]


def make(app):
    async def both(scope, receive, send):
        wrapped = WSGIMiddleware(page) if scope["type"] == "http" else app
        await wrapped(scope, receive, send)

    return both
