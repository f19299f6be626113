"""wire.ws.close-codes: the app's 999 goes out in a close frame (RFC 6455, 7.4.2: 0 to 999 are not used)."""

from _run import main


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": 999})


def check(served):
    client, _ = served.websocket()
    seen = served.rest(client, wait=2)
    return b"\x88\x02\x03\xe7" in seen, seen


if __name__ == "__main__":
    main(__file__, check, "uvicorn-h11", "hypercorn", "granian", "gunicorn")
