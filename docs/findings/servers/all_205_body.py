"""wire.http.205-no-content: a 205 goes out with a body (RFC 9110, section 15.3.6)."""

from _run import answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await answer(send, 205, [(b"content-length", b"5")], b"hello")


def check(served):
    seen = served.ask()
    return seen.startswith(b"HTTP/1.1 205") and b"hello" in seen, seen


if __name__ == "__main__":
    main(__file__, check, "uvicorn-h11", "uvicorn-httptools", "hypercorn", "daphne", "granian", "gunicorn")
