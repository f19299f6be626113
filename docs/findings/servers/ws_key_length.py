"""wire.ws.handshake-check: a handshake key that is not 16 bytes is accepted (RFC 6455, section 4.2.1)."""

from _run import KEY, WEBSOCKET, main


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close"})


def check(served):
    seen = served.ask((WEBSOCKET % b"").replace(KEY, b"AAAA"), wait=1)
    return seen.startswith(b"HTTP/1.1 101"), seen


if __name__ == "__main__":
    main(__file__, check, "uvicorn-h11", "hypercorn", "granian")
