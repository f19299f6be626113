"""A stream that never ends."""

import asyncio

import falcon.asgi


async def ticks():
    while True:
        yield b"tick\n"
        await asyncio.sleep(1)


class Ticker:
    async def on_get(self, req, resp):
        resp.stream = ticks()


app = falcon.asgi.App()
app.add_route("/", Ticker())
