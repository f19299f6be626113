"""raw_path is optional, and None by default: BlackSheep raises for None."""

import asyncio

from blacksheep import Application

app = Application()
app.router.add_get("/", lambda: "ok")


async def play(scope, *events):
    """What the app sends for one exchange, and what it raises."""
    events, sent = list(events), []

    async def receive():
        await asyncio.sleep(0)
        return events.pop(0) if events else {"type": "http.request"}

    async def send(event):
        await asyncio.sleep(0)
        sent.append(event)

    await app.start()
    try:
        await asyncio.wait_for(app({"asgi": {"version": "3.0"}, **scope}, receive, send), 1)
        return sent, None
    except Exception as error:
        return sent, error


PLAIN = {"type": "http", "http_version": "1.1", "method": "GET", "path": "/", "headers": []}
HTTP = {**PLAIN, "query_string": b""}
errors = []
for more in ({}, {"raw_path": None}):
    sent, error = asyncio.run(play({**HTTP, **more}))
    print(more, "sent", len(sent), "raised", repr(error))
    errors.append(error)
print("BUG" if any(errors) else "OK")
