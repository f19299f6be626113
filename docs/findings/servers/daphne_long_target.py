"""wire.req.limits: a target too long ends the connection without a 414 (RFC 9112, 3)."""

from _run import answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await answer(send)


def check(served):
    # Whole in the first reading, so that nothing unread is left that would destroy an answer on its way.
    seen = served.ask(b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", wait=3)
    return not seen and served.ended, seen[:60]


if __name__ == "__main__":
    main(__file__, check, "daphne")
