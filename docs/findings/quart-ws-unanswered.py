"""A Quart handler that returns without accepting leaves websocket.connect unanswered."""

import asyncio

from quart import Quart

app = Quart(__name__)


@app.websocket("/")
async def endpoint():
    return None


async def main():
    scope = {"type": "websocket", "asgi": {"version": "3.0"}, "path": "/", "scheme": "ws", "headers": []}
    scope["query_string"] = b""
    sent, events = [], [{"type": "websocket.connect"}]

    async def receive():
        if not events:
            await asyncio.sleep(3600)
        return events.pop(0)

    async def send(event):
        sent.append(event["type"])

    await asyncio.wait([asyncio.create_task(app(scope, receive, send))], timeout=1)
    print("sent:", sent)
    print("OK" if sent else "BUG")


asyncio.run(main())
