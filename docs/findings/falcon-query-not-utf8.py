"""A query string that is not UTF-8 makes Falcon raise before any answer."""

import asyncio

from falcon.asgi import App

app = App()


async def main():
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": "/"}
    scope.update(query_string=b"\xff", headers=[])
    sent = []

    async def receive():
        return {"type": "http.request"}

    async def send(event):
        sent.append(event["type"])

    try:
        await app(scope, receive, send)
    except UnicodeDecodeError as error:
        print(repr(error))
    print("OK" if sent else "BUG")


asyncio.run(main())
