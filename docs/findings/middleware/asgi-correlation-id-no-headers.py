"""robust.crash: a start without headers, which are optional, fails the request."""

from _run import BODY, exchange, inner, types, verdict
from asgi_correlation_id import CorrelationIdMiddleware

app = CorrelationIdMiddleware(inner({"type": "http.response.start", "status": 200}, BODY))
how, sent, _ = exchange(app)
verdict(how.startswith("raised"), how, types(sent))
