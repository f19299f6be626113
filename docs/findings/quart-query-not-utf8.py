"""A query string that is not UTF-8 makes Quart raise before any answer."""

import asyncio

from quart import Quart

app = Quart(__name__)


@app.get("/")
async def endpoint():
    return "text"


async def main():
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": "/"}
    scope.update(scheme="http", query_string=b"\xff", headers=[])
    sent = []

    async def receive():
        await asyncio.sleep(3600)

    async def send(event):
        sent.append(event["type"])

    try:
        await app(scope, receive, send)
    except (UnicodeDecodeError, ExceptionGroup) as error:
        print(repr(error))
    print("OK" if sent else "BUG")


asyncio.run(main())
