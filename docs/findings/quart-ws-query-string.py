"""Quart needs a query_string in a WebSocket scope; the specification makes it optional."""

import asyncio

from quart import Quart, websocket

app = Quart(__name__)


@app.websocket("/")
async def endpoint():
    await websocket.accept()


async def main():
    scope = {"type": "websocket", "asgi": {"version": "3.0"}, "path": "/", "scheme": "ws", "headers": []}
    sent, events = [], [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1005}]

    async def receive():
        await asyncio.sleep(0.05)
        return events.pop(0)

    async def send(event):
        sent.append(event["type"])

    try:
        await app(scope, receive, send)
    except KeyError as error:
        print("KeyError", error)
    print("BUG" if not sent else "OK")


asyncio.run(main())
