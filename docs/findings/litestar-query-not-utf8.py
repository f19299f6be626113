"""robust.server-error: bytes in the query string that are not UTF-8 make `request.url` give a 500."""

import asyncio

from litestar import Litestar, Request, get


@get("/")
async def page(request: Request) -> str:
    return str(request.url)


async def main():
    sent = []

    async def receive():
        return {"type": "http.request"}

    async def send(event):
        sent.append(event)

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET"}
    scope |= {"path": "/", "query_string": b"\xe9", "headers": [(b"host", b"localhost")]}
    await Litestar([page])(scope, receive, send)
    print("status", sent[0]["status"])
    print("BUG" if sent[0]["status"] == 500 else "OK")


asyncio.run(main())
