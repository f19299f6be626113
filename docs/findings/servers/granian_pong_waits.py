"""wire.ws.pong, wire.ws.close-echo: while the app does not receive, no ping and no close is answered."""

import asyncio

from _run import frame, main


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    await asyncio.sleep(8)


def check(served):
    client, head = served.websocket()
    client.sendall(frame(9, b"p"))
    pong = served.rest(client, wait=3)
    client.sendall(frame(8, b"\x03\xe8"))
    echo = served.rest(client, wait=3)
    return b"101" in head and (not pong or not echo), (pong, echo)


if __name__ == "__main__":
    main(__file__, check, "granian")
