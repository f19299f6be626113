"""http.response.start.once: a body in two pieces, and the start comes before each."""

from _run import START, exchange, inner, types, verdict
from asgi_etags import ETagMiddleware

PIECES = [{"type": "http.response.body", "body": b"a", "more_body": more} for more in (True, False)]
how, sent, _ = exchange(ETagMiddleware(inner(START, *PIECES), lambda body: "tag"))
verdict(types(sent).count("start") > 1, how, types(sent))
