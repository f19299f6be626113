"""robust.crash: headers in a tuple, an iterable as good as a list, fail the request."""

from _run import BODY, PLAIN, START, exchange, inner, types, verdict
from asgi_etags import ETagMiddleware

how, sent, _ = exchange(ETagMiddleware(inner({**START, "headers": tuple(PLAIN)}, BODY), lambda body: "tag"))
verdict(how.startswith("raised"), how, types(sent))
