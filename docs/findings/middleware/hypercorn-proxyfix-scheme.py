"""http.scope.scheme.nonempty: an empty x-forwarded-proto makes an empty scheme."""

from _run import BODY, START, exchange, inner, verdict
from hypercorn.middleware import ProxyFixMiddleware

app = inner(START, BODY)
exchange(ProxyFixMiddleware(app), headers=[(b"x-forwarded-proto", b"")])
verdict(app.scope["scheme"] == "", "scheme:", repr(app.scope["scheme"]))
