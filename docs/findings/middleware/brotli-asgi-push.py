"""between.send: a push that the server lists does not reach it."""

from _run import BODY, START, exchange, inner, types, verdict
from brotli_asgi import BrotliMiddleware

PUSH = {"type": "http.response.push", "path": "/a.css", "headers": []}
how, sent, _ = exchange(
    BrotliMiddleware(inner(START, PUSH, BODY)),
    extensions={"http.response.push": {}},
    headers=[(b"accept-encoding", b"br")],
)
verdict("push" not in types(sent), how, types(sent))
