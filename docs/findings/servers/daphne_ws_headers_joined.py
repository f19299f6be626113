"""websocket.scope.headers.duplicates: two lines of a handshake become one."""

from _run import WEBSOCKET, main, note


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    note([value for name, value in scope["headers"] if name == b"x-a"])
    await receive()
    await send({"type": "websocket.accept"})


def check(served):
    served.ask(WEBSOCKET % b"X-A: 1\r\nX-A: 2\r\n", wait=1)
    seen = served.seen()
    return seen != [[b"1", b"2"]], seen


if __name__ == "__main__":
    main(__file__, check, "daphne")
