"""ext.trailers.sent: the start announces trailers, and they do not come."""

from _run import BODY, START, exchange, inner, types, verdict
from asgi_compression import CompressionMiddleware, GzipAlgorithm

TRAILERS = {"type": "http.response.trailers", "headers": [(b"x-sum", b"1")]}
app = CompressionMiddleware(inner({**START, "trailers": True}, BODY, TRAILERS), algorithms=[GzipAlgorithm()])
how, sent, _ = exchange(
    app, extensions={"http.response.trailers": {}}, headers=[(b"accept-encoding", b"gzip")]
)
announced = bool(sent) and sent[0].get("trailers", False)
verdict(announced and "trailers" not in types(sent), how, types(sent), f"trailers announced: {announced}")
