"""between.send: a push that the server lists does not reach it."""

from _run import BODY, START, exchange, inner, types, verdict
from asgi_compression import CompressionMiddleware, GzipAlgorithm

PUSH = {"type": "http.response.push", "path": "/a.css", "headers": []}
how, sent, _ = exchange(
    CompressionMiddleware(inner(START, PUSH, BODY), algorithms=[GzipAlgorithm()]),
    extensions={"http.response.push": {}},
    headers=[(b"accept-encoding", b"gzip")],
)
verdict("push" not in types(sent), how, types(sent))
