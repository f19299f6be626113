"""wire.ws.close-codes: a close frame with 1005 goes out (RFC 6455, section 7.4.1)."""

from _run import main


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": 1005})


def check(served):
    client, _ = served.websocket()
    seen = served.rest(client, wait=1)
    return seen[:1] == b"\x88" and seen[2:4] == (1005).to_bytes(2, "big"), seen


if __name__ == "__main__":
    main(__file__, check, "granian", "gunicorn")
