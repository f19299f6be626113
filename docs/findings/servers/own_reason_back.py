"""websocket.disconnect.reason.from-frame: the reason is the app's own, and not the client's."""

from _run import frame, main, note


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    try:
        await send({"type": "websocket.close", "reason": "x" * 200})
    except Exception:
        note("refused")
    event = await receive()
    note((event["type"], event.get("code"), event.get("reason", "")[:3]))


def check(served):
    client, _ = served.websocket()
    served.seen()
    client.sendall(frame(8, b"\x03\xe8"))
    seen = served.seen(2)
    return seen == ["refused", ("websocket.disconnect", 1000, "xxx")], seen


if __name__ == "__main__":
    main(__file__, check, "uvicorn-httptools")
