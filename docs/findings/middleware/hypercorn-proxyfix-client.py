"""between.scope: an empty x-forwarded-for makes a client without an address."""

from _run import BODY, START, exchange, inner, verdict
from hypercorn.middleware import ProxyFixMiddleware

app = inner(START, BODY)
exchange(ProxyFixMiddleware(app), headers=[(b"x-forwarded-for", b"")])
verdict(app.scope["client"][0] == "", "client:", app.scope["client"])
