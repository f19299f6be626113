"""websocket.send.keys-optional: an empty text message is not sent."""

from _run import main


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": ""})
    await send({"type": "websocket.send", "text": "second"})
    await receive()


def check(served):
    client, _ = served.websocket()
    seen = served.rest(client, wait=1)
    return b"second" in seen and not seen.startswith(b"\x81\x00"), seen


if __name__ == "__main__":
    main(__file__, check, "daphne")
