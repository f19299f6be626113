"""wire.ws.handshake-check: a handshake with POST is accepted (RFC 6455, section 4.2.1)."""

from _run import WEBSOCKET, answer, main


async def app(scope, receive, send):
    assert scope["type"] != "lifespan"
    if scope["type"] == "http":
        return await answer(send)  # served as plain HTTP, which is fine
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close"})


def check(served):
    seen = served.ask((WEBSOCKET % b"").replace(b"GET", b"POST"), wait=1)
    return seen.startswith(b"HTTP/1.1 101"), seen


if __name__ == "__main__":
    main(__file__, check, "granian")
