"""http.response.start.headers.lowercase: names of headers in capitals."""

from _run import BODY, START, exchange, inner, names, verdict
from asgi_etags import ETagMiddleware

how, sent, _ = exchange(ETagMiddleware(inner(START, BODY), lambda body: "tag"))
verdict(any(name != name.lower() for name in names(sent)), names(sent))
