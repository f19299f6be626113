"""robust.server-died: on trio, an accept that is refused ends the whole server when the app has returned."""

from _run import GET, WEBSOCKET, answer, main


async def app(scope, receive, send):
    if scope["type"] == "http":
        await answer(send)
        return
    assert scope["type"] == "websocket"
    await receive()
    try:
        await send({"type": "websocket.accept", "subprotocol": "not offered"})
    except Exception:
        return  # an error is right here; what follows is not


def check(served):
    before = served.ask(GET)[:12]
    served.ask(WEBSOCKET % b"", wait=2)
    try:
        after = served.ask(GET, wait=2)[:12]
    except OSError as error:
        after = repr(error)
    return before == b"HTTP/1.1 200" != after, (before, after)


if __name__ == "__main__":
    main(__file__, check, "hypercorn", options=("--worker-class", "trio"))
