"""ext.denial.only-when-listed: a WebSocket is refused with a response that the server does not offer."""

import asyncio

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import WebSocketRoute


async def refuse(socket):
    raise HTTPException(401)


async def main():
    app, sent = Starlette(routes=[WebSocketRoute("/", refuse)]), []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(event):
        sent.append(event["type"])

    scope = {"type": "websocket", "asgi": {"version": "3.0"}, "path": "/", "headers": [], "query_string": b""}
    await app(scope, receive, send)
    print("no extensions in the scope, the app sends", sent)
    print("BUG" if "websocket.http.response.start" in sent else "OK")


asyncio.run(main())
