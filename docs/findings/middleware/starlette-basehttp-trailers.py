"""between.send: trailers, and the announcement of them, are lost."""

from _run import BODY, START, exchange, inner, types, verdict
from starlette.middleware.base import BaseHTTPMiddleware

TRAILERS = {"type": "http.response.trailers", "headers": [(b"x-sum", b"1")]}
app = BaseHTTPMiddleware(
    inner({**START, "trailers": True}, BODY, TRAILERS), dispatch=lambda request, call_next: call_next(request)
)
how, sent, _ = exchange(app, extensions={"http.response.trailers": {}})
announced = bool(sent) and sent[0].get("trailers", False)
verdict("trailers" not in types(sent), how, types(sent), f"trailers announced: {announced}")
