"""ext.trailers.announced: the trailers are passed on, the announcement of them is not."""

from _run import BODY, START, exchange, inner, types, verdict
from asgi_csrf import asgi_csrf

TRAILERS = {"type": "http.response.trailers", "headers": [(b"x-sum", b"1")]}
app = asgi_csrf(
    inner({**START, "trailers": True}, BODY, TRAILERS), signing_secret="secret", always_set_cookie=True
)
how, sent, _ = exchange(app, extensions={"http.response.trailers": {}})
announced = bool(sent) and sent[0].get("trailers", False)
verdict("trailers" in types(sent) and not announced, how, types(sent), f"trailers announced: {announced}")
