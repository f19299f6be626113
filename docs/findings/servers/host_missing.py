"""wire.req.host-missing: an HTTP/1.1 request without host is not answered with 400 (RFC 9112 3.2)."""

from _run import answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await answer(send, body=b"hello")


def check(served):
    seen = served.ask(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
    return seen.startswith(b"HTTP/1.1 200"), seen


if __name__ == "__main__":
    main(__file__, check, "uvicorn-httptools", "daphne", "granian", "gunicorn")
