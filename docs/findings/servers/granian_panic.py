"""robust.server-died: an app that goes on with a denial after its first piece was refused ends the server."""

from _run import GET, WEBSOCKET, main


async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})
        return
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
    for more in (True, False, False):
        try:
            await send({"type": "websocket.http.response.body", "body": b"x", "more_body": more})
        except RuntimeError:
            pass


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
