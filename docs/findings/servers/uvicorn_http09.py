"""wire.req.method-token: a request line without a version is served (RFC 9112, 3: 400 is due)."""

from _run import answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await answer(send, body=repr(scope["http_version"]).encode())


def check(served):
    seen = served.ask(b"GET /\r\nHost: localhost\r\n\r\n", wait=2)
    return seen.startswith(b"HTTP/1.1 200"), seen[-40:]


if __name__ == "__main__":
    main(__file__, check, "uvicorn-httptools")
