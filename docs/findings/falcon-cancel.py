"""Falcon's task that waits for messages goes on when the server cancels the call of the app."""

import asyncio

from falcon.asgi import App

app = App()


class Socket:
    async def on_websocket(self, req, ws):
        await ws.accept()
        await ws.receive_text()


async def main():
    app.add_route("/", Socket())
    scope = {"type": "websocket", "asgi": {"version": "3.0"}, "path": "/", "query_string": b"", "headers": []}
    events = [{"type": "websocket.connect"}]

    async def receive():
        if not events:
            await asyncio.sleep(3600)
        return events.pop()

    async def send(event):
        pass

    call = asyncio.create_task(app(scope, receive, send))
    await asyncio.sleep(0.1)
    call.cancel()
    await asyncio.wait([call])
    await asyncio.sleep(0.1)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    print("still running:", sorted(task.get_coro().__qualname__ for task in left))
    print("BUG" if left else "OK")


asyncio.run(main())
