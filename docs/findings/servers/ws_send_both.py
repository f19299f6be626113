"""websocket.send.one-of.rejected: a websocket.send with both bytes and text draws no error."""

from _run import main, note


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    try:
        await send({"type": "websocket.send", "bytes": b"one", "text": "two"})
        note("accepted")
    except Exception as error:
        note(f"raised {error!r}")


def check(served):
    served.websocket()
    seen = served.seen()
    return seen == ["accepted"], seen


if __name__ == "__main__":
    main(__file__, check, "uvicorn-h11", "uvicorn-httptools", "hypercorn", "gunicorn")
