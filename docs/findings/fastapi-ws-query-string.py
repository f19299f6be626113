"""websocket.scope.query-string.default: no query_string in the scope is a KeyError, read or not."""

import asyncio

from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/")
async def greet(socket: WebSocket):
    await socket.accept()
    await socket.close()


async def main():
    outcome, events = "returned", []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(event):
        events.append(event["type"])

    scope = {"type": "websocket", "asgi": {"version": "3.0"}, "path": "/", "headers": []}
    try:
        await app(scope, receive, send)
    except KeyError as error:
        outcome = f"raised {error!r}"
    print(events, outcome)
    print("OK" if outcome == "returned" else "BUG")


asyncio.run(main())
