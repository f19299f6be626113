"""Streams lines."""

import asyncio
from types import SimpleNamespace

import sanic.asgi
from sanic.response import stream
from sanic_setup import make

# This Sanic gives asyncio.Event a loop, which Python 3.10 does not take. It uses no more of asyncio there.
sanic.asgi.asyncio = SimpleNamespace(Event=lambda loop: asyncio.Event())

app = make("ticks")


@app.route("/")
async def ticks(request):
    async def write(response):
        for number in range(3):
            await response.write(f"tick {number}\n")

    return stream(write, content_type="text/plain")
