"""websocket.close.before-accept-no-handshake: accept after a refusal completes the handshake."""

from _run import WEBSOCKET, main


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.close"})
    await send({"type": "websocket.accept"})


def check(served):
    seen = served.ask(WEBSOCKET % b"", wait=1)
    return seen.startswith(b"HTTP/1.1 101"), seen


if __name__ == "__main__":
    main(__file__, check, "granian")
