"""wire.http.1xx-not-to-http10: a 100 goes to an HTTP/1.0 client (RFC 9110, section 15.2)."""

from _run import answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await receive()
    await answer(send, body=b"hello")


def check(served):
    seen = served.ask(
        b"POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n", wait=1
    )
    return b" 100 " in seen, seen


if __name__ == "__main__":
    main(__file__, check, "uvicorn-httptools")
