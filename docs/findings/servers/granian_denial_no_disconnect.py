"""websocket.disconnect.server-close: no websocket.disconnect after a complete denial response."""

import asyncio

from _run import WEBSOCKET, main, note


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    assert "websocket.http.response" in scope["extensions"]
    await receive()
    await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b"no"})
    try:
        note((await asyncio.wait_for(receive(), 4))["type"])
    except TimeoutError:
        note("nothing for 4 s")


def check(served):
    answer = served.ask(WEBSOCKET % b"", wait=1)  # after which the client is gone
    seen = served.seen(wait=6)
    return b" 401 " in answer and seen == ["nothing for 4 s"], (seen, answer)


if __name__ == "__main__":
    main(__file__, check, "granian")
