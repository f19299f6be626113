"""The query_string of a WebSocket scope is optional: Sanic raises without it."""

import asyncio

from sanic import Sanic

app = Sanic("page", configure_logging=False)


@app.websocket("/")
async def socket(request, ws):
    await ws.recv()


async def play(scope, last, *events):
    """One exchange within a lifespan: what the app sends, and what it raises. last is received for ever."""
    started, events, sent = asyncio.Event(), list(events), []

    async def opening():
        return await asyncio.sleep(9) if started.is_set() else {"type": "lifespan.startup"}

    async def opened(event):
        started.set()

    async def receive():
        await asyncio.sleep(0)
        return events.pop(0) if events else last

    async def send(event):
        await asyncio.sleep(0)
        sent.append(event)

    span = asyncio.create_task(app({"type": "lifespan", "asgi": {"version": "3.0"}}, opening, opened))
    await started.wait()
    try:
        await asyncio.wait_for(app({"asgi": {"version": "3.0"}, **scope}, receive, send), 0.5)
        return sent, None
    except Exception as error:
        return sent, error
    finally:
        span.cancel()


SOCKET = {"type": "websocket", "path": "/", "headers": []}
sent, error = asyncio.run(play({**SOCKET, "raw_path": b"/"}, {"type": "websocket.connect"}))
print("sent", sent, "raised", repr(error))
print("BUG" if isinstance(error, KeyError) else "OK")
