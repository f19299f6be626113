"""websocket.scope.query-string.default: no query_string in the scope, and reading it is a KeyError."""

import asyncio

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute


async def greet(socket):
    await socket.accept()
    socket.query_params.get("name")
    await socket.close()


async def main():
    outcome, events = "returned", []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(event):
        events.append(event["type"])

    scope = {"type": "websocket", "asgi": {"version": "3.0"}, "path": "/", "headers": []}
    try:
        await Starlette(routes=[WebSocketRoute("/", greet)])(scope, receive, send)
    except KeyError as error:
        outcome = f"raised {error!r}"
    print(events, outcome)
    print("OK" if outcome == "returned" else "BUG")


asyncio.run(main())
