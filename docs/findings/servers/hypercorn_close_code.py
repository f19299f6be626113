"""websocket.disconnect.code.from-frame: the code of the client's close frame does not reach the app."""

from _run import frame, main, note


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    note((await receive()).get("code"))


def check(served):
    client, _ = served.websocket()
    client.sendall(frame(8, (4000).to_bytes(2, "big")))
    seen = served.seen()
    return bool(seen) and seen != [4000], f"code {seen} for a close frame with 4000"


if __name__ == "__main__":
    main(__file__, check, "hypercorn")
