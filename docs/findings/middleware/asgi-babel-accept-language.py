"""robust.crash: a language that Babel does not know fails the request."""

from _run import BODY, START, exchange, inner, types, verdict
from asgi_babel import BabelMiddleware

how, sent, _ = exchange(BabelMiddleware(inner(START, BODY)), headers=[(b"accept-language", b"tlh")])
verdict(how.startswith("raised"), how, types(sent))
