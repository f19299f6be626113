"""http.response.start.headers.lowercase: names of headers in capitals."""

from _run import BODY, START, exchange, inner, names, verdict
from asgi_compression import CompressionMiddleware, GzipAlgorithm

how, sent, _ = exchange(
    CompressionMiddleware(inner(START, {**BODY, "body": b"hello " * 500}), algorithms=[GzipAlgorithm()]),
    headers=[(b"accept-encoding", b"gzip")],
)
verdict(any(name != name.lower() for name in names(sent)), names(sent))
