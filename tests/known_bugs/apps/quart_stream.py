"""Streams a file from a source that breaks off."""

from quart import Quart

app = Quart(__name__)


async def source():
    yield b"half of it"
    raise ConnectionResetError("the source went away")


@app.route("/")
async def relay():
    return source()
