"""A stream that never ends."""

import asyncio

from sanic import response
from sanic_setup import make

app = make("ticker")


@app.get("/")
async def ticker(request):
    async def ticks(stream):
        while True:
            await stream.write(b"tick\n")
            await asyncio.sleep(1)

    return response.ResponseStream(ticks)
