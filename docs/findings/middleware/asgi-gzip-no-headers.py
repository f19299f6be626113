"""robust.crash: a start without headers, which are optional, fails the request."""

from _run import BODY, exchange, inner, types, verdict
from asgi_gzip import GZipMiddleware

app = GZipMiddleware(inner({"type": "http.response.start", "status": 200}, BODY))
how, sent, _ = exchange(app, headers=[(b"accept-encoding", b"gzip")])
verdict(how.startswith("raised"), how, types(sent))
