"""common.error.send-wrong-type: header names that are str draw no error."""

from _run import main, note


async def app(scope, receive, send):
    assert scope["type"] == "http"
    try:
        await send({"type": "http.response.start", "status": 200, "headers": [("x-a", b"1")]})
        await send({"type": "http.response.body"})
        note("accepted")
    except Exception as error:
        note(f"raised {error!r}")


def check(served):
    head = served.ask(wait=1)
    seen = served.seen()
    return seen == ["accepted"], (seen, head)


if __name__ == "__main__":
    main(__file__, check, "uvicorn-h11", "gunicorn")
