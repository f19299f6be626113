"""A pure ASGI app, open to pages from anywhere."""

from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount

HEADERS = ((b"content-type", b"text/plain"),)


async def hello(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b"hello"})


app = Starlette(routes=[Mount("/", app=hello)])
app.add_middleware(CORSMiddleware, allow_origins=["*"])
