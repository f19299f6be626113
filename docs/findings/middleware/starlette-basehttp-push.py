"""robust.crash: a push that the server lists fails the request."""

from _run import BODY, START, exchange, inner, types, verdict
from starlette.middleware.base import BaseHTTPMiddleware

PUSH = {"type": "http.response.push", "path": "/a.css", "headers": []}
how, sent, _ = exchange(
    BaseHTTPMiddleware(inner(START, PUSH, BODY), dispatch=lambda request, call_next: call_next(request)),
    extensions={"http.response.push": {}},
)
verdict(how.startswith("raised"), how, types(sent))
