"""robust.crash: a byte of a header that is not UTF-8 fails the request."""

from _run import BODY, START, exchange, inner, types, verdict
from asgi_csrf import asgi_csrf

how, sent, _ = exchange(
    asgi_csrf(inner(START, BODY), signing_secret="secret", always_set_cookie=True),
    headers=[(b"cookie", b"caf\xe9")],
)
verdict(how.startswith("raised"), how[:60], types(sent))
