"""wire.ws.subprotocol: the handshake names a subprotocol that was not offered (RFC 6455, section 4.2.2)."""

from _run import main


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "other"})
    await receive()


def check(served):
    _, seen = served.websocket(b"Sec-WebSocket-Protocol: one\r\n")
    return b" 101 " in seen and b"sec-websocket-protocol: other" in seen.lower(), seen


if __name__ == "__main__":
    main(__file__, check, "uvicorn-httptools", "granian", "gunicorn")
