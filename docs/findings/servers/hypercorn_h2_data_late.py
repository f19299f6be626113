"""common.app.called-once, over HTTP/2: a body that goes on after its answer ends the whole connection.

RFC 9113 8.1 lets a server answer before the request is whole, and 5.4.2 keeps errors of one stream to it.
"""

import h2.exceptions
from _http2 import Streams
from _run import answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await answer(send, 200, [], scope["path"].encode())


def check(served):
    with served.connect() as sock:
        client = Streams(sock)
        first = client.ask("POST", "/first", b"some", open=True)
        seen = [client.until(first, "end")]
        try:
            client.more(first, b"more of it", last=True)
        except h2.exceptions.StreamClosedError:
            pass  # the server has reset the stream, as it may
        try:
            seen.append(client.until(client.ask("GET", "/second"), "end"))
        except OSError as error:
            seen.append(type(error).__name__)
    whole = seen[1][-1:] == ["end"]
    return not whole, f"{seen}, the server {'ended' if client.ended else 'kept'} the connection"


if __name__ == "__main__":
    main(__file__, check, "hypercorn")
