"""http.response.start.transfer-encoding.ignored: the app's coding goes out (www, response start: ignored)."""

from _run import GET, answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await answer(send, 200, [(b"transfer-encoding", b"x-own"), (b"content-length", b"4")], b"last")


def check(served):
    seen = served.ask(GET, wait=2)
    return b"x-own" in seen, seen[:120]


if __name__ == "__main__":
    main(__file__, check, "uvicorn-httptools", "daphne", "granian", "gunicorn")
