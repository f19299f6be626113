"""wire.ws.abnormal-end: the app raised after accept, and the connection ends without a close frame."""

from _run import main, note


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    note("raises")
    raise RuntimeError


def check(served):
    client, _ = served.websocket()
    seen = served.rest(client, wait=4)
    return served.seen() == ["raises"] and served.ended and not seen, f"{seen}, ended: {served.ended}"


if __name__ == "__main__":
    main(__file__, check, "uvicorn-h11", "uvicorn-httptools")
