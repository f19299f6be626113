"""wire.http.connection-close: the app's connection: close goes out, and the connection stays open."""

from _run import answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await answer(send, 200, [(b"connection", b"close"), (b"content-length", b"4")], b"last")


def check(served):
    seen = served.ask(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", wait=3)
    return b"connection: close" in seen.lower() and not served.ended, seen[:120]


if __name__ == "__main__":
    main(__file__, check, "daphne", "gunicorn")
