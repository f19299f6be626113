"""raw_path is optional, and None by default: BlackSheep raises for None, and without it for a WebSocket at /é."""

import asyncio

from blacksheep import Application

app = Application()
app.router.add_get("*", lambda: "ok")
app.router.add_ws("*", lambda websocket: websocket.accept())


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
SOCKET = {"type": "websocket", "path": "/é", "headers": [], "query_string": b""}
NONE = {**HTTP, "raw_path": None}
errors = []
for scope in (HTTP, NONE, SOCKET, {**SOCKET, "raw_path": b"/%C3%A9"}):
    sent, error = asyncio.run(play(scope))
    print(scope["type"], scope["path"], scope.get("raw_path", "missing"), "sent", len(sent), repr(error))
    errors.append(error)
print("BUG" if any(errors) else "OK")
