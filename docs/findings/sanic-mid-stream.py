"""An exception in the middle of a body: Sanic returns as if all were well, without a last piece."""

import asyncio

from sanic import Sanic

app = Sanic("page", configure_logging=False)


@app.get("/")
async def breaks(request):
    response = await request.respond(content_type="text/plain")
    await response.send(b"half")
    raise RuntimeError("no more")


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


HTTP = {"type": "http", "http_version": "1.1", "method": "GET", "path": "/", "headers": []}
SCOPE = {**HTTP, "raw_path": b"/", "query_string": b""}
sent, error = asyncio.run(play(SCOPE, {"type": "http.request"}))
print([event.get("more_body") for event in sent], "raised", repr(error))
print("BUG" if sent[-1].get("more_body") and error is None else "OK")
