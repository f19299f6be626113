"""wire.ws.version: version 14 is refused without saying what is spoken (RFC 6455, 4.2.2)."""

from _run import WEBSOCKET, main


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})


def check(served):
    request = (WEBSOCKET % b"").replace(b"Version: 13", b"Version: 14")
    seen = served.ask(request, wait=2).lower()
    return seen.startswith(b"http/1.1 4") and b"sec-websocket-version:" not in seen, seen[:100]


if __name__ == "__main__":
    main(__file__, check, "uvicorn-httptools", "hypercorn", "granian")
