"""Streams lines, and every response is logged."""

from litestar import Litestar, get
from litestar.middleware.logging import LoggingMiddlewareConfig
from litestar.response import Stream


async def lines():
    yield b"one\n"
    yield b"two\n"


@get("/")
async def page() -> Stream:
    return Stream(lines())


app = Litestar([page], middleware=[LoggingMiddlewareConfig().middleware])
