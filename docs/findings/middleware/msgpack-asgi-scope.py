"""common.middleware.copies-scope: the headers in the scope that the server made are written to."""

from _run import BODY, START, exchange, inner, verdict
from msgpack_asgi import MessagePackMiddleware

before = [(b"content-type", b"application/vnd.msgpack")]
app = MessagePackMiddleware(inner(START, BODY))
how, sent, scope = exchange(
    app, [{"type": "http.request", "body": b"\x80"}], method="POST", headers=list(before)
)
verdict(scope["headers"] != before, "headers of the server's scope:", before, "->", scope["headers"])
