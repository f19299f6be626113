"""BlackSheep takes the decoded path of a WebSocket for a URL: any letter outside of ASCII makes it raise."""

import asyncio

from blacksheep import Application, WebSocket

app = Application()


@app.router.ws("/{name}")
async def socket(ws: WebSocket):
    await ws.accept()


async def play(scope, *events):
    """What the app sends for one exchange, and what it raises."""
    events, sent = list(events), []

    async def receive():
        await asyncio.sleep(0)
        return events.pop(0) if events else {"type": "websocket.connect"}

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
SOCKET = {"type": "websocket", "path": "/é", "raw_path": b"/%C3%A9", "query_string": b"", "headers": []}
sent, error = asyncio.run(play(SOCKET))
print("sent", sent, "raised", repr(error))
print("BUG" if error else "OK")
