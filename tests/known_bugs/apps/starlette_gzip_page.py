"""A pure ASGI app with a long page, under compression."""

from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount

HEADERS = ((b"content-type", b"text/plain"),)
PAGE = b"the page " * 200


async def page(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": PAGE})


app = Starlette(routes=[Mount("/", app=page)])
app.add_middleware(GZipMiddleware)
