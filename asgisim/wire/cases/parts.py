"""What curated scenarios are put together from."""

from __future__ import annotations

from typing import Any

Steps = list[tuple[Any, ...]]

START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"x-a", b"1"), (b"x-b", b"2"), (b"x-a", b"3")],
}
LAST = {"type": "http.response.body", "body": b"last"}
MORE = {"type": "http.response.body", "body": b"more ", "more_body": True}
ACCEPT: dict[str, Any] = {"type": "websocket.accept", "subprotocol": None, "headers": []}
LEAVE: Steps = [("app", 0, "receive"), ("app", 0, "return"), ("client", 0, "eof")]
ACCEPTED: Steps = [
    ("client", 0, "handshake", {}),
    ("app", 0, "receive"),
    ("app", 0, "send", ACCEPT),
    ("client", 0, "response"),
]


def start(status: int = 200, *headers: tuple[bytes, bytes], **rest: Any) -> dict[str, Any]:
    """A response start."""
    return {"type": "http.response.start", "status": status, "headers": list(headers), **rest}


def body(data: bytes, more: bool | None = None, **rest: Any) -> dict[str, Any]:
    """A piece of a response; more_body is left out for the last if `more` is None."""
    told = {} if more is None else {"more_body": more}
    return {"type": "http.response.body", "body": data, **told, **rest}


def asked(**request: Any) -> Steps:
    """A request on the first connection."""
    return [("client", 0, "request", request)]


def answered(*events: dict[str, Any], call: int = 0) -> Steps:
    """The app sends these events and returns, and the client reads."""
    return [("app", call, "send", list(events)), ("app", call, "return"), ("client", 0, "response")]


def closed(**frame: Any) -> Steps:
    """The client closes the WebSocket, and all come to their end."""
    return [("client", 0, "frame", {"opcode": "close", **frame}), ("client", 0, "frames", {}), *LEAVE]


def says(**rest: Any) -> dict[str, Any]:
    """A message of the app."""
    return {"type": "websocket.send", **rest}
