"""websocket.scope.path.decoded, websocket.scope.raw-path.unmodified: the path //a of a handshake is lost."""

from _run import WEBSOCKET, main, note


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    note((scope["path"], scope.get("raw_path")))
    await receive()
    await send({"type": "websocket.accept"})


def check(served):
    served.ask((WEBSOCKET % b"").replace(b"GET / ", b"GET //a/b "), wait=1)
    seen = served.seen()
    return seen != [("//a/b", b"//a/b")], seen


if __name__ == "__main__":
    main(__file__, check, "daphne")
