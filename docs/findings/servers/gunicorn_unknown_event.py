"""common.error.send-unknown-type: send takes an event of a type that no server knows."""

from _run import answer, main, note


async def app(scope, receive, send):
    assert scope["type"] == "http"
    try:
        await send({"type": "nonsense.event"})
        note("accepted")
    except Exception as error:
        note(f"raised {error!r}")
    await answer(send)


def check(served):
    served.ask()
    seen = served.seen()
    return seen == ["accepted"], seen


if __name__ == "__main__":
    main(__file__, check, "gunicorn")
