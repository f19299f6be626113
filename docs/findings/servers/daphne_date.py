"""wire.http.date: an answer without a date (RFC 9110, section 6.6.1)."""

from _run import answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await answer(send, body=b"hello")


def check(served):
    seen = served.ask()
    return seen.startswith(b"HTTP/1.1 200") and b"\r\ndate:" not in seen.lower(), seen


if __name__ == "__main__":
    main(__file__, check, "daphne")
