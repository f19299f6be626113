"""http.scope.http-version.value: http_version is "1" for HTTP/1.0."""

from _run import answer, main, note


async def app(scope, receive, send):
    assert scope["type"] == "http"
    note(scope["http_version"])
    await answer(send)


def check(served):
    served.ask(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
    seen = served.seen()
    return bool(seen) and seen != ["1.0"], f"http_version {seen} for HTTP/1.0"


if __name__ == "__main__":
    main(__file__, check, "granian")
