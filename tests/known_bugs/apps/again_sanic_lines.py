"""Streams lines, and says beforehand how long they are."""

import asyncio
from types import SimpleNamespace

import sanic.asgi
from sanic.response import stream
from sanic_setup import make

# This Sanic gives asyncio.Event a loop, which Python 3.10 does not take. It uses no more of asyncio there.
sanic.asgi.asyncio = SimpleNamespace(Event=lambda loop: asyncio.Event())

app = make("lines")
LINES = ["first line\n", "last line\n"]


@app.route("/")
async def lines(request):
    async def write(response):
        for line in LINES:
            await response.write(line)

    length = {"content-length": str(sum(map(len, LINES)))}
    return stream(write, content_type="text/plain", headers=length, chunked=False)
