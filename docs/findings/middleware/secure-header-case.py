"""http.response.start.headers.lowercase: names of headers in capitals."""

from _run import BODY, START, exchange, inner, names, verdict
from secure import Secure
from secure.middleware import SecureASGIMiddleware

how, sent, _ = exchange(SecureASGIMiddleware(inner(START, BODY), secure=Secure.with_default_headers()))
verdict(any(name != name.lower() for name in names(sent)), names(sent))
