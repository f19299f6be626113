"""robust.crash: headers in a tuple, an iterable as good as a list, fail the request."""

from _run import BODY, PLAIN, START, exchange, inner, types, verdict
from asgi_csrf import asgi_csrf

how, sent, _ = exchange(
    asgi_csrf(
        inner({**START, "headers": tuple(PLAIN)}, BODY), signing_secret="secret", always_set_cookie=True
    )
)
verdict(how.startswith("raised"), how, types(sent))
