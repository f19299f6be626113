"""common.error.terminate-instance: the app raised in the middle of a body, and the connection stays open."""

from _run import main, note


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"hello", "more_body": True})
    note("raises")
    raise RuntimeError


def check(served):
    seen = served.ask(wait=5)
    return served.seen() == ["raises"] and not served.ended, f"{seen} in 5 s, ended: {served.ended}"


if __name__ == "__main__":
    main(__file__, check, "daphne")
