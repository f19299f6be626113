"""robust.crash: a start without headers, which are optional, fails the request."""

from _run import BODY, exchange, inner, types, verdict
from starlette_context.middleware import RawContextMiddleware
from starlette_context.plugins import CorrelationIdPlugin, RequestIdPlugin

app = RawContextMiddleware(
    inner({"type": "http.response.start", "status": 200}, BODY),
    plugins=(RequestIdPlugin(), CorrelationIdPlugin()),
)
how, sent, _ = exchange(app)
verdict(how.startswith("raised"), how, types(sent))
