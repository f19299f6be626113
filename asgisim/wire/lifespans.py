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


def _call(number: int, connection: int) -> Steps:
    """A request whose app adds to its state."""
    return [
        ("client", connection, "request", {"target": b"/%d" % number}),
        ("app", number, "put", (["state", f"asgisim-of-{number}"], number)),
        ("app", number, "send", [_OK, _LAST]),
        ("app", number, "return"),
        ("client", connection, "response"),
    ]


CASES: dict[str, Steps] = {
    "state on one connection and on two": [
        *(*_BEGIN, ("lifespan", 0, "put", (["state", "asgisim-of-app"], 1)), _COMPLETE[-1]),
        *(*_call(0, 0), *_call(1, 0), *_call(2, 1), ("client", 0, "close"), ("client", 1, "close")),
        *(("server", 0, "stop"), ("lifespan", 0, "receive"), *_END),
    ],
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
