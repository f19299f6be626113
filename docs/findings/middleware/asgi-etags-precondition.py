"""robust.content-length: the answer 412 has no body, and the content-length of the app's."""

from _run import BODY, PLAIN, START, exchange, inner, verdict
from asgi_etags import ETagMiddleware

app = ETagMiddleware(
    inner({**START, "headers": [*PLAIN, (b"content-length", b"5")]}, BODY), lambda body: "tag"
)
how, sent, _ = exchange(app, headers=[(b"if-match", b'"other"')])
length = dict(sent[0]["headers"]).get(b"content-length")
body = b"".join(event.get("body", b"") for event in sent[1:])
verdict(length == b"5" and not body, "status", sent[0]["status"], "content-length", length, "body", body)
