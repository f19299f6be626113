"""Lifespans that the scenario answers itself. Each needs a server of its own."""

from __future__ import annotations

from typing import Any

from asgisim.wire.cases.parts import LAST, START, Steps

_FAILED = {"type": "lifespan.startup.failed"}
_SHUT = {"type": "lifespan.shutdown.complete"}
_UP: Steps = [("lifespan", 0, "receive"), ("lifespan", 0, "send", {"type": "lifespan.startup.complete"})]
_DOWN: Steps = [
    ("server", 0, "stop"),
    ("lifespan", 0, "receive"),
    ("lifespan", 0, "receive", {"bound": 0.05}),
    ("lifespan", 0, "send", _SHUT),
    ("lifespan", 0, "return"),
]


def _served(client: int, call: int, *between: tuple[Any, ...]) -> Steps:
    return [
        ("client", client, "request", {}),
        ("app", call, "called"),
        *between,
        ("app", call, "send", [START, LAST]),
        ("app", call, "return"),
        ("client", client, "response"),
        ("client", client, "close"),
    ]


CASES: dict[str, Steps] = {
    "state of the lifespan": [
        ("lifespan", 0, "receive"),
        ("lifespan", 0, "put", [["state", "asgisim-a"], 1]),
        ("lifespan", 0, "put", [["state", "asgisim-shared"], {"n": 0}]),
        *_UP[1:],
        *_served(0, 0, ("app", 0, "put", [["state", "asgisim-shared", "n"], 1])),
        *_served(1, 1),
        *_DOWN,
    ],
    "a late startup": [
        ("lifespan", 0, "called"),
        ("client", 0, "wait", 0.1),
        ("client", 0, "request", {}),
        ("client", 0, "wait", 0.1),
        ("client", 0, "close"),
        *_UP,
        *_served(1, 0),
        *_DOWN,
    ],
    "a slow startup": [
        ("lifespan", 0, "receive"),
        ("client", 0, "wait", 0.1),
        ("client", 0, "request", {}),
        ("client", 0, "wait", 0.1),
        ("client", 0, "close"),
        *_UP[1:],
        *_served(1, 0),
        *_DOWN,
    ],
    "startup failed": [
        ("lifespan", 0, "receive"),
        ("lifespan", 0, "send", {**_FAILED, "message": "asgisim says no"}),
        ("lifespan", 0, "receive", {"bound": 0.05}),
        ("lifespan", 0, "return"),
        ("client", 0, "request", {}),
        ("app", 0, "called", {"bound": 0.3}),
    ],
    "startup failed without a message": [
        ("lifespan", 0, "receive"),
        ("lifespan", 0, "send", _FAILED),
        ("lifespan", 0, "return"),
        ("client", 0, "request", {}),
        ("app", 0, "called", {"bound": 0.3}),
    ],
    "the lifespan raises": [("lifespan", 0, "receive"), ("lifespan", 0, "raise"), *_served(0, 0)],
    "a slow shutdown": [
        *_UP,
        *_served(0, 0),
        ("server", 0, "stop"),
        ("lifespan", 0, "receive"),
        ("lifespan", 0, "wait", 0.3),
        *_DOWN[3:],
    ],
    "shutdown failed": [
        *_UP,
        ("client", 0, "wait", 0),
        ("server", 0, "stop"),
        ("lifespan", 0, "receive"),
        ("lifespan", 0, "send", {"type": "lifespan.shutdown.failed", "message": "asgisim cannot stop"}),
        ("lifespan", 0, "return"),
    ],
    "shutdown failed without a message": [
        *_UP,
        ("client", 0, "wait", 0),
        ("server", 0, "stop"),
        ("lifespan", 0, "receive"),
        ("lifespan", 0, "send", {"type": "lifespan.shutdown.failed"}),
        ("lifespan", 0, "return"),
    ],
    "stopped in the middle of a response": [
        *_UP,
        ("client", 0, "request", {}),
        ("app", 0, "called"),
        ("server", 0, "stop"),
        ("lifespan", 0, "receive", {"bound": 0.3}),
        ("app", 0, "send", [START, LAST]),
        ("app", 0, "return"),
        ("client", 0, "response"),
        ("client", 0, "close"),
        ("lifespan", 0, "receive"),
        ("lifespan", 0, "send", _SHUT),
        ("lifespan", 0, "return"),
    ],
    "answers out of place": [
        ("lifespan", 0, "receive"),
        ("lifespan", 0, "send", _SHUT),
        *_UP[1:],
        ("lifespan", 0, "send", {"type": "lifespan.startup.complete"}),
        *_served(0, 0),
        *_DOWN,
    ],
}
