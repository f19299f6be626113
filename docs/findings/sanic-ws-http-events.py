"""A WebSocket for a path that Sanic does not know is answered with events of HTTP."""

import asyncio

from sanic import Sanic
from sanic.response import text

app = Sanic("page", configure_logging=False)
app.add_route(lambda request: text("ok"), "/")


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


SOCKET = {"type": "websocket", "path": "/no", "raw_path": b"/no", "query_string": b"", "headers": []}
sent, error = asyncio.run(play(SOCKET, {"type": "websocket.connect"}))
kinds = [event["type"] for event in sent]
print("sent", kinds, "raised", repr(error))
print("BUG" if "http.response.start" in kinds else "OK")
