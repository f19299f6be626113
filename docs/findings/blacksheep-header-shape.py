"""Each header is any iterable of two items: BlackSheep takes tuples only."""

import asyncio

from blacksheep import Application, Request

app = Application()


@app.router.get("/")
async def page(request: Request):
    return str(request.content_type())


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
statuses = []
for pair in ((b"content-type", b"a/b"), [b"content-type", b"a/b"]):
    sent, error = asyncio.run(play({**HTTP, "headers": [pair]}))
    statuses.append(sent[0]["status"])
print("tuple, list:", statuses)
print("BUG" if 500 in statuses else "OK")
