"""Streams a file from a source that breaks off."""

from litestar import Litestar, get
from litestar.response import Stream


async def source():
    yield b"half of it"
    raise ConnectionResetError("the source went away")


@get("/")
async def relay() -> Stream:
    return Stream(source())


app = Litestar([relay])
