"""websocket.send.types: a WebSocket to a path that nobody has is refused with an HTTP response."""

from _run import exchange, inner, verdict
from hypercorn.middleware import DispatcherMiddleware

app = DispatcherMiddleware({"/api": inner()})
how, sent, _ = exchange(app, [{"type": "websocket.connect"}], type="websocket")
verdict(any(event["type"].startswith("http.") for event in sent), how, [event["type"] for event in sent])
