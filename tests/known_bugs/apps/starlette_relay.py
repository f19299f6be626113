"""Relays a file of known length from a source that breaks off half-way."""

from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import StreamingResponse
from starlette.routing import Route


class Marked(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        response = await call_next(request)
        response.headers["via"] = "relay"
        return response


async def source():
    yield b"half of it"
    raise ConnectionResetError("the source went away")


async def relay(request):
    return StreamingResponse(source(), headers={"content-length": "20"})


app = Starlette(routes=[Route("/", relay)])
app.add_middleware(Marked)
