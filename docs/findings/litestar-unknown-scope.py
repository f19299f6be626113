"""common.scope.unknown-type-rejected: a scope type that Litestar does not know gets websocket.close."""

import asyncio

from litestar import Litestar


async def main():
    outcome, sent = "returned", []

    async def receive():
        return {"type": "made.up"}

    async def send(event):
        sent.append(event)

    try:
        await Litestar()({"type": "made", "asgi": {"version": "3.0"}}, receive, send)
    except Exception as error:
        outcome = f"raised {error!r}"
    print(sent, outcome)
    print("BUG" if outcome == "returned" else "OK")


asyncio.run(main())
