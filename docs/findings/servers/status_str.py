"""common.error.send-wrong-type: a status that is a str draws no error (main, error handling)."""

from _run import GET, main, note


async def app(scope, receive, send):
    assert scope["type"] == "http"
    try:
        await send({"type": "http.response.start", "status": "200", "headers": []})
        note("accepted")
    except Exception as error:
        note(f"raised {error!r}")


def check(served):
    served.ask(GET, wait=1)
    seen = served.seen()
    return seen == ["accepted"], seen


if __name__ == "__main__":
    main(__file__, check, "hypercorn", "daphne")
