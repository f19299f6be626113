"""Streams a file from a source that breaks off."""

from sanic import response
from sanic_setup import make

app = make("relay")


@app.get("/")
async def relay(request):
    async def pieces(stream):
        await stream.write(b"half of it")
        raise ConnectionResetError("the source went away")

    kind = getattr(response, "ResponseStream", None) or response.stream
    return kind(pieces)
