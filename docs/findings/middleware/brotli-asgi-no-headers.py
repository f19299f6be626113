"""robust.crash: a start without headers, which are optional, fails the request."""

from _run import BODY, exchange, inner, types, verdict
from brotli_asgi import BrotliMiddleware

app = BrotliMiddleware(inner({"type": "http.response.start", "status": 200}, BODY))
how, sent, _ = exchange(app, headers=[(b"accept-encoding", b"br")])
verdict(how.startswith("raised"), how, types(sent))
