"""websocket.disconnect.code.1005: a close frame without a code is given as something else."""

from _run import frame, main, note


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    note((await receive()).get("code"))


def check(served):
    client, _ = served.websocket()
    client.sendall(frame(8))
    seen = served.seen()
    return bool(seen) and seen != [1005], f"code {seen} for a close frame without a code"


if __name__ == "__main__":
    main(__file__, check, "hypercorn", "daphne")
