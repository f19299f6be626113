"""wire.http.date: no date on the server's own 400 and 426 (RFC 9110, 6.6.1: on every 4xx)."""

from _run import WEBSOCKET, answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await answer(send)


def check(served):
    bad = served.ask(b"GET / HTTP/1.1\r\nHost: localhost\r\nX : 1\r\n\r\n", wait=2).lower()
    old = served.ask((WEBSOCKET % b"").replace(b"Version: 13", b"Version: 14"), wait=2).lower()
    undated = [one[:32] for one in (bad, old) if one.startswith(b"http/1.1 4") and b"\r\ndate:" not in one]
    return bool(undated), undated


if __name__ == "__main__":
    main(__file__, check, "uvicorn-h11", "daphne", "gunicorn")
