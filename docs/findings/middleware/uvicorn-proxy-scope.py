"""common.middleware.copies-scope: client and scheme are written into the server's scope."""

from _run import BODY, START, exchange, inner, verdict
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

app = ProxyHeadersMiddleware(inner(START, BODY), trusted_hosts="*")
how, sent, scope = exchange(
    app, headers=[(b"x-forwarded-for", b"192.0.2.7"), (b"x-forwarded-proto", b"https")]
)
verdict(
    scope["scheme"] == "https", "client and scheme of the server's scope:", scope["client"], scope["scheme"]
)
