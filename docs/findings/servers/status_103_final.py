"""wire.http.1xx-not-final: 103 goes out and no final answer follows (RFC 9110 15.2)."""

from _run import answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await answer(send, 103, body=b"hello")


def check(served):
    seen = served.ask()
    return seen.startswith(b"HTTP/1.1 103") and seen.count(b"HTTP/1.1 ") == 1, seen


if __name__ == "__main__":
    main(__file__, check, "uvicorn-httptools", "hypercorn", "daphne", "gunicorn")
