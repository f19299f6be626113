"""Further lifespans, of a server that is stopped at odd moments, or whose app does not stay."""

from __future__ import annotations

from typing import Any

Steps = list[tuple[Any, ...]]

_OK = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]}
_LAST = {"type": "http.response.body", "body": b"last"}
_BEGIN: Steps = [("lifespan", 0, "receive")]
_COMPLETE: Steps = [*_BEGIN, ("lifespan", 0, "send", {"type": "lifespan.startup.complete"})]
_ASK: Steps = [
    ("client", 0, "request", {}),
    ("app", 0, "send", [_OK, _LAST]),
    ("app", 0, "return"),
    ("client", 0, "response"),
    ("client", 0, "close"),
]
_END: Steps = [("lifespan", 0, "send", {"type": "lifespan.shutdown.complete"}), ("lifespan", 0, "return")]
_OPEN: Steps = [
    ("client", 0, "handshake", {}),
    ("app", 0, "receive"),
    ("app", 0, "send", {"type": "websocket.accept"}),
    ("client", 0, "response"),
]


CASES: dict[str, Steps] = {
    "returns": [*_BEGIN, ("lifespan", 0, "return"), *_ASK, ("server", 0, "stop")],
    "stopped while it starts": [
        *(*_BEGIN, ("server", 0, "stop"), ("lifespan", 0, "wait", 0.5), _COMPLETE[-1]),
        *(("lifespan", 0, "receive"), *_END),
    ],
    "an open WebSocket": [
        *(*_COMPLETE, *_OPEN, ("server", 0, "stop"), ("app", 0, "receive"), ("client", 0, "frames", {})),
        *(("client", 0, "close"), ("app", 0, "return")),
        *(("lifespan", 0, "receive"), *_END),
    ],
}
