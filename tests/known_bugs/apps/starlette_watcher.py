"""A pure ASGI app that stays until its client has left, under a class-based middleware."""

from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.routing import Mount


class Marked(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        return await call_next(request)


async def watch(scope, receive, send):
    more = True
    while more:
        event = await receive()
        more = event.get("more_body", False)
    if event["type"] == "http.disconnect":
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"done"})
    while event["type"] != "http.disconnect":
        event = await receive()


app = Starlette(routes=[Mount("/", app=watch)])
app.add_middleware(Marked)
