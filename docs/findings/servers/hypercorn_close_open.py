"""wire.http.connection-close: a 400 with connection: close, and the connection stays open (RFC 9112, 9.6)."""

from _run import WEBSOCKET, frame, main


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})


def check(served):
    seen = served.ask(WEBSOCKET % b"" + frame(1), wait=4)
    return b"connection: close" in seen.lower() and not served.ended, seen[:80]


if __name__ == "__main__":
    main(__file__, check, "hypercorn")
