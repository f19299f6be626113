"""A page in three pieces, for so many clients a minute."""

from slowapi import Limiter
from slowapi.middleware import SlowAPIASGIMiddleware
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route


async def pieces():
    for piece in (b"one", b"two", b"three"):
        yield piece


async def page(request):
    return StreamingResponse(pieces())


app = Starlette(routes=[Route("/", page)])
app.state.limiter = Limiter(key_func=lambda: "all", default_limits=["1000000/minute"])
app.add_middleware(SlowAPIASGIMiddleware)
