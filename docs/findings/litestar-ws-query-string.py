"""websocket.scope.query-string.default: query_string None, which means none, is an error if it is read."""

import asyncio

from litestar import Litestar, WebSocket, websocket


@websocket("/")
async def greet(socket: WebSocket) -> None:
    await socket.accept()
    socket.query_params.get("name")
    await socket.close()


async def main():
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(event):
        sent.append(event)

    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "path": "/",
        "headers": [],
    }
    await Litestar([greet])(scope | {"query_string": None}, receive, send)
    print([event["type"] for event in sent], "with code", sent[-1].get("code"))
    print("OK" if sent[-1].get("code") == 1000 else "BUG")


asyncio.run(main())
