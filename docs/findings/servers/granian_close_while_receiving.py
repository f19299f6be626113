"""websocket.close.code.on-wire: the app's close does not reach the client while a receive is waiting."""

import asyncio

from _run import main


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    waiting = asyncio.ensure_future(receive())
    await asyncio.sleep(0.1)
    try:
        await send({"type": "websocket.close", "code": 4001})
        await asyncio.sleep(8)
    finally:
        waiting.cancel()


def check(served):
    client, head = served.websocket()
    rest = served.rest(client, wait=3)
    return b"101" in head and b"\x0f\xa1" not in rest, (head[:12], rest)


if __name__ == "__main__":
    main(__file__, check, "granian")
