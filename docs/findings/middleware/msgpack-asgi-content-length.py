"""between.receive: content-length in the scope is not that of the body that the app reads."""

from _run import exchange, verdict
from msgpack_asgi import MessagePackMiddleware

seen = {}


async def app(scope, receive, send):
    seen["said"] = int(dict(scope["headers"])[b"content-length"])
    seen["read"] = len((await receive())["body"])


headers = [(b"content-type", b"application/vnd.msgpack"), (b"content-length", b"1")]
how, sent, _ = exchange(
    MessagePackMiddleware(app), [{"type": "http.request", "body": b"\x80"}], method="POST", headers=headers
)
verdict(seen["said"] != seen["read"], how, seen)
