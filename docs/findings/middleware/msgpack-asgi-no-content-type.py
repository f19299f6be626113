"""robust.crash: a response without content-type fails the request of a client that likes MessagePack."""

from _run import exchange, inner, types, verdict
from msgpack_asgi import MessagePackMiddleware

START = {"type": "http.response.start", "status": 204, "headers": []}
app = MessagePackMiddleware(inner(START, {"type": "http.response.body"}))
how, sent, _ = exchange(app, headers=[(b"accept", b"application/vnd.msgpack")])
verdict(how.startswith("raised"), how, types(sent))
