"""Six middlewares of Starlette's own kind around each other, none of which does anything."""

from starlette.middleware.base import BaseHTTPMiddleware


async def dispatch(request, call_next):
    return await call_next(request)


def make(app):
    for _ in range(6):
        app = BaseHTTPMiddleware(app, dispatch=dispatch)
    return app
