"""common.middleware.copies-scope: the headers in the scope that the server made are written to."""

from _run import BODY, START, exchange, inner, verdict
from asgi_correlation_id import CorrelationIdMiddleware

before = [(b"host", b"localhost")]
how, sent, scope = exchange(CorrelationIdMiddleware(inner(START, BODY)), headers=list(before))
verdict(
    scope["headers"] != before,
    "headers of the server's scope:",
    before,
    "->",
    [name for name, _ in scope["headers"]],
)
