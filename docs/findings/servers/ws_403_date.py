"""wire.http.date: the 403 for a refused WebSocket has no date (RFC 9110, section 6.6.1)."""

from _run import WEBSOCKET, main


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.close"})


def check(served):
    seen = served.ask(WEBSOCKET % b"")
    return b" 403 " in seen and b"\r\ndate:" not in seen.lower(), seen


if __name__ == "__main__":
    main(__file__, check, "uvicorn-h11", "daphne", "gunicorn")
