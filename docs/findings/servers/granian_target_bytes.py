"""wire.req.method-token: bytes beyond ASCII in a request target are served (RFC 9112, 3 and 3.2)."""

from _run import answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await answer(send)


def check(served):
    came = served.ask(
        b"GET /caf\xc3\xa9?q=\xc3\xa9 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", wait=2
    )
    return b" 200 " in came[:16], came[:40]


if __name__ == "__main__":
    main(__file__, check, "granian")
