"""ext.denial.body-stream: a denial response in two pieces fails, though the extension is listed."""

from _run import WEBSOCKET, main, note


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    assert "websocket.http.response" in scope["extensions"]
    await receive()
    await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
    try:
        await send({"type": "websocket.http.response.body", "body": b"one", "more_body": True})
        await send({"type": "websocket.http.response.body", "body": b"two"})
        note("accepted")
    except Exception as error:
        note(f"raised {error!r}")


def check(served):
    answer = served.ask(WEBSOCKET % b"", wait=1)
    seen = served.seen()
    return bool(seen) and not (b"one" in answer and b"two" in answer), (seen, answer)


if __name__ == "__main__":
    main(__file__, check, "granian")
