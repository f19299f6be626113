"""Falcon needs a query_string in a WebSocket scope; the specification makes it optional."""

import asyncio

from falcon.asgi import App

app = App()


async def main():
    scope = {"type": "websocket", "asgi": {"version": "3.0"}, "path": "/", "headers": []}
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(event):
        sent.append(event["type"])

    try:
        await app(scope, receive, send)
    except KeyError as error:
        print("KeyError", error)
    print("OK" if sent else "BUG")


asyncio.run(main())
