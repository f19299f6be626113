"""robust.generator-leak (advice): the client leaves, the call ends, the stream's generator is still open."""

import asyncio

from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route

closed = []


async def lines():
    try:
        while True:
            yield b"line"
            await asyncio.sleep(0)
    finally:
        closed.append("closed")


async def page(request):
    return StreamingResponse(lines())


app = Starlette(routes=[Route("/", page)])


async def main():
    async def receive():
        await asyncio.sleep(60)

    async def send(event):
        if event["type"] == "http.response.body":
            raise OSError("the client has gone")

    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.5"}, "http_version": "1.1"}
    scope |= {"method": "GET", "path": "/", "query_string": b"", "headers": []}
    try:
        await app(scope, receive, send)
    except Exception as error:
        print(f"the call raised {error!r}, the generator is", closed or "open")
        print("OK" if closed else "BUG")


asyncio.run(main())
