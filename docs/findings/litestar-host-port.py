"""robust.server-error: a Host with a port that is no number is let in, then `request.url` gives a 500."""

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
    scope |= {"path": "/", "query_string": b"", "headers": [(b"host", b"localhost:x")]}
    await Litestar([page])(scope, receive, send)
    print("status", sent[0]["status"])
    print("BUG" if sent[0]["status"] == 500 else "OK")


asyncio.run(main())
