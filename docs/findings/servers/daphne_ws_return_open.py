"""websocket.scope.app-ends-socket-closes: the app returned after accept, and the socket stays open."""

from _run import main, note


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    note("returns")


def check(served):
    client, _ = served.websocket()
    seen = served.rest(client, wait=6)
    return served.seen() == [
        "returns"
    ] and not served.ended and not seen, f"{seen} in 6 s, ended: {served.ended}"


if __name__ == "__main__":
    main(__file__, check, "daphne")
