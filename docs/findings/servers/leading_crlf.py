"""wire.req.leading-crlf: an empty line before the request line is not ignored (RFC 9112, section 2.2)."""

from _run import GET, answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await answer(send, body=b"hello")


def check(served):
    seen = served.ask(b"\r\n" + GET)
    return bool(seen) and not seen.startswith(b"HTTP/1.1 200"), seen


if __name__ == "__main__":
    main(__file__, check, "uvicorn-h11", "hypercorn")
