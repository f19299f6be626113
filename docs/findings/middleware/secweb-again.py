"""between.again: the app's list of headers is written to, so the next response has the header twice."""

from _run import BODY, START, exchange, inner, names, verdict
from Secweb.middleware import SetMiddleware

app = SetMiddleware(inner(START, BODY), [(b"x-frame-options", b"DENY")])
counts = [names(exchange(app)[1]).count(b"x-frame-options") for _ in range(2)]
verdict(counts[1] > counts[0], "times the header was there, in the first response and in the second:", counts)
