"""wire.http.connection-close: the app's `x-hop, Close` goes out, and yet the next request is answered.

RFC 9112 9.6: who sends the option must not process further requests on that connection.
"""

from _run import answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await answer(send, 200, [(b"connection", b"x-hop, Close"), (b"content-length", b"4")], b"last")


def check(served):
    ask = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with served.connect() as client:
        client.sendall(ask)
        seen = served.rest(client, 0.5)
        try:
            client.sendall(ask)
        except OSError:
            pass  # it has been closed
        more = b"" if served.ended else served.rest(client, 2)
    return b"connection: x-hop, close" in seen.lower() and b"HTTP/1.1 200" in more, f"{seen}, then {more}"


if __name__ == "__main__":
    main(__file__, check, "daphne", "gunicorn")
