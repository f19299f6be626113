"""wire.http.204-no-body, wire.http.304-no-body: of a streamed body all but the first piece goes out."""

from _run import main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": int(scope["path"][1:]), "headers": []})
    await send({"type": "http.response.body", "body": b"one", "more_body": True})
    await send({"type": "http.response.body", "body": b"two"})


def check(served):
    seen = [
        served.ask(b"GET /%d HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % status)
        for status in (204, 304)
    ]
    return any(b"two" in one for one in seen), [one[-20:] for one in seen]


if __name__ == "__main__":
    main(__file__, check, "daphne")
