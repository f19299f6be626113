"""A pure ASGI app under a class-based middleware that passes everything through."""

from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.routing import Mount


class Timing(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        response = await call_next(request)
        response.headers["x-served-by"] = "one"
        return response


async def ping(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-ping", b"1")]})
    await send({"type": "http.response.body"})


app = Starlette(routes=[Mount("/", app=ping)])
app.add_middleware(Timing)
