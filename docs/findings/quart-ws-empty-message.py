"""Quart takes an empty binary message for a missing one: it raises, or gives the handler None."""

import asyncio

from quart import Quart, websocket

app = Quart(__name__)
got = []


@app.websocket("/")
async def endpoint():
    await websocket.accept()
    got.append(await websocket.receive())


async def play(message):
    scope = {"type": "websocket", "asgi": {"version": "3.0"}, "path": "/", "scheme": "ws", "headers": []}
    scope["query_string"] = b""
    events = [{"type": "websocket.connect"}, {"type": "websocket.receive", **message}]

    async def receive():
        await asyncio.sleep(0.05)
        return events.pop(0) if events else {"type": "websocket.disconnect", "code": 1005}

    async def send(event):
        pass

    try:
        await app(scope, receive, send)
    except (KeyError, ExceptionGroup) as error:
        got.append(repr(error))


asyncio.run(play({"bytes": b""}))
asyncio.run(play({"bytes": b"", "text": None}))
print(got)
print("OK" if got == [b"", b""] else "BUG")
