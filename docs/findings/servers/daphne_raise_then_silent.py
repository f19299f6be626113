"""common.error.terminate-instance: after one app that raised in the middle of a body, no other that raises is
answered with 500."""

from _run import main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    if scope["path"] == "/middle":
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"hello", "more_body": True})
    raise RuntimeError


def check(served):
    before = served.ask().split(b"\r\n")[0]
    served.ask(b"GET /middle HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", wait=3)
    after = served.ask(wait=5).split(b"\r\n")[0]
    return b" 500 " in before and not after, f"{before} before, {after} in 5 s after it"


if __name__ == "__main__":
    main(__file__, check, "daphne")
