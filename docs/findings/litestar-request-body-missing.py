"""http.request.body.default: an http.request event without body (no bytes) gives a 500."""

import asyncio

from litestar import Litestar, Request, post


@post("/", status_code=200)
async def page(request: Request) -> int:
    return len(await request.body())


async def main():
    events, sent = (
        [{"type": "http.request", "more_body": True}, {"type": "http.request", "body": b"hello"}],
        [],
    )

    async def receive():
        return events.pop(0)

    async def send(event):
        sent.append(event)

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST"}
    await Litestar([page])(scope | {"path": "/", "query_string": b"", "headers": []}, receive, send)
    print("status", sent[0]["status"], sent[1]["body"])
    print("BUG" if sent[0]["status"] == 500 else "OK")


asyncio.run(main())
