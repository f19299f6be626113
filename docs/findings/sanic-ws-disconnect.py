"""recv of a Sanic socket gives None once the client has gone: a loop that does not look at it never ends."""

import asyncio

from sanic import Sanic

app = Sanic("page", configure_logging=False)
taken = []


@app.websocket("/")
async def feed(request, ws):
    while True:
        data = await ws.recv()
        taken.append(data)
        await ws.send(f"got {data}")


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


SOCKET = {"type": "websocket", "path": "/", "raw_path": b"/", "query_string": b"", "headers": []}
gone = {"type": "websocket.disconnect", "code": 1006}
sent, error = asyncio.run(play(SOCKET, gone, {"type": "websocket.connect"}))
print("recv gave None", "more than 100 times" if taken.count(None) > 100 else f"{taken.count(None)} times")
print("BUG" if taken.count(None) > 100 else "OK")
