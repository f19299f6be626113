"""wire.http.head-no-body: the answer to HEAD has a body (RFC 9110, section 9.3.2)."""

from _run import GET, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"one", "more_body": True})
    await send({"type": "http.response.body", "body": b"two"})


def check(served):
    seen = served.ask(GET.replace(b"GET", b"HEAD"))
    return not seen.endswith(b"\r\n\r\n") or seen.count(b"\r\n\r\n") > 1, seen


if __name__ == "__main__":
    main(__file__, check, "daphne")
