"""wire.http.204-no-body, over HTTP/2: the content-length of an app stays on a 204 (RFC 9110, section 8.6)."""

from _http2 import Streams
from _run import answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await answer(send, 204, [(b"content-length", b"0")])


def check(served):
    with served.connect() as sock:
        client = Streams(sock)
        seen = client.until(client.ask(), "end")
    return any("content-length 0" in one for one in seen), seen


if __name__ == "__main__":
    main(__file__, check, "hypercorn", "granian")
