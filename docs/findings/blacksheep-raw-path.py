"""raw_path may be None, which its default is: BlackSheep must serve the request as without the key."""

import asyncio

from blacksheep import Application

app = Application()
app.router.add_get("/", lambda: "ok")
SCOPE = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET"}
MORE = {"path": "/", "query_string": b"", "headers": []}


async def receive():
    return {"type": "http.request"}


async def send(event):
    print(event)


async def main():
    await app.start()
    await app({**SCOPE, **MORE}, receive, send)
    await app({**SCOPE, **MORE, "raw_path": None}, receive, send)


try:
    asyncio.run(main())
    print("OK")
except ValueError as error:
    print("BUG" if "bytes or str" in str(error) else f"unexpected: {error!r}")
