"""http.response.start.headers.any-iterable: headers from a generator are lost."""

from _run import main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    headers = ((name, b"1") for name in (b"x-a", b"x-b"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


def check(served):
    seen = served.ask()
    return b"hello" in seen and b"x-a" not in seen.lower(), seen


if __name__ == "__main__":
    main(__file__, check, "daphne", "gunicorn")
