"""robust.crash: a byte of a header that is not UTF-8 fails the request."""

from _run import BODY, START, exchange, inner, types, verdict
from asgi_etags import ETagMiddleware

how, sent, _ = exchange(
    ETagMiddleware(inner(START, BODY), lambda body: "tag"), headers=[(b"if-none-match", b"caf\xe9")]
)
verdict(how.startswith("raised"), how[:60], types(sent))
