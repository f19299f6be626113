"""wire.ws.reject: websocket.close in place of accept brings no 403 as long as the app goes on."""

import asyncio

from _run import WEBSOCKET, main


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.close"})
    await asyncio.sleep(8)


def check(served):
    seen = served.ask(WEBSOCKET % b"", wait=4)
    return not seen.startswith(b"HTTP/1.1 403"), seen


if __name__ == "__main__":
    main(__file__, check, "granian")
