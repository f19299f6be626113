"""between.again: the app's list of headers is written to, so the next response has the header twice."""

from _run import BODY, START, exchange, inner, names, verdict
from asgi_csrf import asgi_csrf

app = asgi_csrf(inner(START, BODY), signing_secret="secret", always_set_cookie=True)
counts = [names(exchange(app)[1]).count(b"set-cookie") for _ in range(2)]
verdict(counts[1] > counts[0], "times the header was there, in the first response and in the second:", counts)
