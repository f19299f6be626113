"""http.scope.headers.bytes-unchanged: a tab behind a value is left in it (RFC 9112, 5)."""

from _run import answer, main, note


async def app(scope, receive, send):
    assert scope["type"] == "http"
    note(dict(scope["headers"])[b"x"])
    await answer(send)


def check(served):
    served.ask(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: 1\t \r\n\r\n")
    seen = served.seen()
    return seen != [b"1"], seen


if __name__ == "__main__":
    main(__file__, check, "uvicorn-httptools")
