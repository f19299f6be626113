"""http.request.body.complete: with an upgrade that is not known the body of the request is lost."""

from _run import answer, main, note


async def app(scope, receive, send):
    assert scope["type"] == "http"
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    note(body)
    await answer(send)


def check(served):
    lines = b"Host: localhost\r\nUpgrade: foo/1\r\nConnection: Upgrade\r\nContent-Length: 3\r\n\r\nabc"
    served.ask(b"POST / HTTP/1.1\r\n" + lines, wait=2)
    seen = served.seen()
    return seen != [b"abc"], seen


if __name__ == "__main__":
    main(__file__, check, "uvicorn-httptools")
