"""wire.http.length-short: fewer bytes than announced, the app has returned, and the client still waits."""

from _run import main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
    try:
        await send({"type": "http.response.body", "body": b"last"})
    except Exception:
        return  # refused, as it may be; and the head is out


def check(served):
    seen = served.ask(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", wait=4)
    return b"content-length: 9" in seen.lower() and not served.ended, seen[:140]


if __name__ == "__main__":
    main(__file__, check, "uvicorn-h11", "daphne", "granian")
