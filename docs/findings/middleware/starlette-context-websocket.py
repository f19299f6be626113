"""websocket.send.types: a header is refused on a WebSocket with an HTTP response."""

from _run import exchange, inner, verdict
from starlette_context.middleware import RawContextMiddleware
from starlette_context.plugins import CorrelationIdPlugin, RequestIdPlugin

app = RawContextMiddleware(
    inner({"type": "websocket.accept"}), plugins=(RequestIdPlugin(), CorrelationIdPlugin())
)
CONNECT = {"type": "websocket.connect"}
how, sent, _ = exchange(app, [CONNECT], type="websocket", headers=[(b"x-request-id", b"no uuid")])
verdict(any(event["type"].startswith("http.") for event in sent), how, [event["type"] for event in sent])
