"""websocket.scope.subprotocols.truth: of two sec-websocket-protocol lines only one reaches the app."""

from _run import main, note


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    note(list(scope["subprotocols"]))
    await receive()
    await send({"type": "websocket.accept"})


def check(served):
    served.websocket(b"Sec-WebSocket-Protocol: one\r\nSec-WebSocket-Protocol: two\r\n")
    seen = served.seen()
    return bool(seen) and seen != [["one", "two"]], f"{seen} for the lines one and two"


if __name__ == "__main__":
    main(__file__, check, "hypercorn", "gunicorn")
