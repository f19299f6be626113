"""A pure ASGI app that sends its head at once and the body later, under compression."""

from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount


async def report(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "more_body": True})
    await send({"type": "http.response.body", "body": b"the report"})


app = Starlette(routes=[Mount("/", app=report)])
app.add_middleware(GZipMiddleware)
