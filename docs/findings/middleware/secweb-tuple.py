"""robust.crash: headers in a tuple, an iterable as good as a list, fail the request."""

from _run import BODY, PLAIN, START, exchange, inner, types, verdict
from Secweb.middleware import SetMiddleware

how, sent, _ = exchange(
    SetMiddleware(inner({**START, "headers": tuple(PLAIN)}, BODY), [(b"x-frame-options", b"DENY")])
)
verdict(how.startswith("raised"), how, types(sent))
