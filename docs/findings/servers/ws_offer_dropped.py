"""wire.ws.handshake-check: a subprotocol that is no token, and the connection ends without an answer."""

from _run import WEBSOCKET, main


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})


def check(served):
    came = served.ask(WEBSOCKET % b"Sec-WebSocket-Protocol: caf\xe9\r\n", wait=2)
    return served.ended and not came, came[:40]


if __name__ == "__main__":
    main(__file__, check, "uvicorn-h11", "hypercorn")
