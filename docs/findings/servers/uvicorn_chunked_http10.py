"""wire.http.chunked-not-to-http10: a chunked answer to HTTP/1.0 (RFC 9112, section 6.1)."""

from _run import answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await answer(send, body=b"hello")


def check(served):
    seen = served.ask(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
    return b"transfer-encoding: chunked" in seen.lower(), seen


if __name__ == "__main__":
    main(__file__, check, "uvicorn-httptools")
