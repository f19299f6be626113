"""websocket.disconnect.code.1006: a lost WebSocket has the code of an empty close frame (RFC 6455 7.1.5)"""

from _run import main, note


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    note((await receive()).get("code"))


def check(served):
    client, _ = served.websocket()
    client.close()
    seen = served.seen()
    return seen == [1005], f"code {seen} after the connection ended without a close frame"


if __name__ == "__main__":
    main(__file__, check, "uvicorn-h11", "uvicorn-httptools", "granian")
