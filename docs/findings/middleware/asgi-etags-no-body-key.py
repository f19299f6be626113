"""robust.crash: a body event without body, which is optional, fails the request."""

from _run import START, exchange, inner, types, verdict
from asgi_etags import ETagMiddleware

how, sent, _ = exchange(ETagMiddleware(inner(START, {"type": "http.response.body"}), lambda body: "tag"))
verdict(how.startswith("raised"), how, types(sent))
