"""robust.server-died: a denial with two headers of one name makes the worker panic, and the server ends."""

from _run import GET, WEBSOCKET, answer, main


async def app(scope, receive, send):
    if scope["type"] == "http":
        await answer(send)
        return
    assert scope["type"] == "websocket"
    await receive()
    headers = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    await send({"type": "websocket.http.response.start", "status": 403, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b"no"})
    await receive()


def check(served):
    before = served.ask(GET)[:12]
    served.ask(WEBSOCKET % b"", wait=2)
    try:
        after = served.ask(GET, wait=2)[:12]
    except OSError as error:
        after = repr(error)
    return before == b"HTTP/1.1 200" != after, (before, after)


if __name__ == "__main__":
    main(__file__, check, "granian")
