"""A WSGI app that fails; what is not HTTP is the app's."""

from uvicorn.middleware import wsgi


def fails(environ, start_response):
    raise RuntimeError("no page today")


def make(app):
    async def both(scope, receive, send):
        if scope["type"] != "http":
            return await app(scope, receive, send)
        await getattr(wsgi, "_WSGIMiddleware", wsgi.WSGIMiddleware)(fails)(scope, receive, send)

    return both
