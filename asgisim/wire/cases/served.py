"""Servers that are started in other ways: under a root path, over TLS, on a unix socket."""

from __future__ import annotations

from typing import Any

from asgisim.wire.cases.parts import ACCEPTED, LAST, START, Steps, answered, asked, body, closed, says

_UNDER = b"/mount/a%20b?q=1"

_HTTP: Steps = [
    *asked(method=b"POST", target=_UNDER, body=b"abc"),
    ("app", 0, "body"),
    *answered(START, LAST),
    *asked(target=_UNDER),
    *answered(START, body(b"second"), call=1),
]
_WEBSOCKET: Steps = [
    ("client", 0, "handshake", {"target": _UNDER, "subprotocols": [b"a, b", b"c"]}),
    *ACCEPTED[1:],
    ("client", 0, "frame", {"opcode": "text", "data": b"hello"}),
    ("app", 0, "receive"),
    ("app", 0, "send", says(text="hello")),
    ("client", 0, "frames", 1),
    *closed(code=4000, reason="bye"),
]
_LEFT: Steps = [
    *asked(),
    ("app", 0, "body"),
    ("client", 0, "close"),
    ("app", 0, "receive"),
    ("app", 0, "return"),
]
_GONE: Steps = [*ACCEPTED, ("client", 0, "close"), ("app", 0, "receive"), ("app", 0, "return")]

# What the server can, how it is started then, and what is played.
CASES: dict[str, tuple[str, dict[str, Any], Steps]] = {
    "a request under a root path": ("root-path", {"root_path": "/mount"}, _HTTP),
    "a WebSocket under a root path": ("root-path", {"root_path": "/mount"}, _WEBSOCKET),
    "requests over TLS": ("tls", {"tls": True}, _HTTP),
    "a WebSocket over TLS": ("tls", {"tls": True}, _WEBSOCKET),
    "the client leaves over TLS": ("tls", {"tls": True}, _LEFT),
    "a WebSocket over TLS is left": ("tls", {"tls": True}, _GONE),
    "requests over a unix socket": ("unix", {"uds": True}, _HTTP),
    "a WebSocket over a unix socket": ("unix", {"uds": True}, _WEBSOCKET),
}
