"""http.response.start.headers.default: a start without headers is refused."""

from _run import GET, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"fine"})


def check(served):
    seen = served.ask(GET)
    return b"fine" not in seen, seen[:60]


if __name__ == "__main__":
    main(__file__, check, "granian")
