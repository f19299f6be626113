"""Quart's tasks go on when the server cancels the call of the app."""

import asyncio

from quart import Quart

app = Quart(__name__)


@app.get("/")
async def endpoint():
    await asyncio.sleep(3600)


async def main():
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": "/"}
    scope.update(scheme="http", query_string=b"", headers=[])

    async def receive():
        await asyncio.sleep(3600)

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
