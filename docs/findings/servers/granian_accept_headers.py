"""websocket.accept.headers.delivered: headers of websocket.accept are dropped at 2.1 or later."""

from _run import main, note


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    note(scope["asgi"].get("spec_version", "2.0"))
    await receive()
    await send({"type": "websocket.accept", "headers": [(b"x-a", b"1")]})
    await receive()


def check(served):
    _, head = served.websocket()
    seen = served.seen()
    return b" 101 " in head and b"x-a" not in head.lower() and seen > ["2.0"], (seen, head)


if __name__ == "__main__":
    main(__file__, check, "granian")
