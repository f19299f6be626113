"""wire.http.head-no-body, wire.http.304-no-body, over HTTP/2: a body goes out on HEAD and on 304.

RFC 9110, sections 9.3.2 and 15.4.5. RFC 9113 8.1.1 has such messages as malformed for a client.
"""

from _http2 import Streams
from _run import answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await answer(send, int(scope["path"][1:]), [], b"body")


def check(served):
    seen = {}
    with served.connect() as sock:
        client = Streams(sock)
        for method, path in (("HEAD", "/200"), ("GET", "/304"), ("GET", "/204")):
            seen[method + path] = client.until(client.ask(method, path), "end")
    return any(one.startswith("data") for events in seen.values() for one in events), seen


if __name__ == "__main__":
    main(__file__, check, "granian")
