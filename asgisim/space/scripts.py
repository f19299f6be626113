"""Scripts: bodies cut up, WebSocket messages, and the faults that fall between the steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgisim.model.scenario import Act
from asgisim.space.scopes import fresh
from asgisim.space.values import CLOSES, MESSAGES

Choose = Callable[[int], int]
Event = dict[str, Any]

AT_ONCE = ("recv", 0)

# When a step fires, the plain and telling ones first.
GATES: tuple[tuple[str, int], ...] = (
    AT_ONCE,
    AT_ONCE,
    AT_ONCE,
    ("recv", 1),
    ("send", 1),
    ("idle", 1),
    ("recv", 2),
    ("send", 2),
    ("presend", 1),
    ("presend", 2),
    ("tick", 1),
    ("tick", 2),
    ("tick", 3),
    ("tick", 5),
    ("tick", 8),
    ("tick", 12),
    ("send", 3),
    ("recv", 3),
    ("sleep", 1),
    ("sleep", 5),
    ("sleep", 20),
    ("sleep", 60),
    ("presend", 3),
    ("send", 5),
)
SLEEPS = (1, 5, 20, 60)


def gate(choose: Choose) -> tuple[str, int]:
    """When the next step fires; 0 is at once."""
    return GATES[choose(24)]


def request(part: bytes, more: bool, spelling: int) -> Event:
    """One http.request in one of its equal spellings; 0 is the full one."""
    if spelling == 1 and not more:
        return {"type": "http.request", "body": part}
    if spelling == 2:
        event: Event = {"type": "http.request"}
        if part:
            event["body"] = part
        if more:
            event["more_body"] = True
        return event
    if spelling == 3:
        return {"type": "http.request", "body": part, "more_body": more, "asgisim.extra": None}
    if spelling == 4 and not part:
        return {"type": "http.request", "more_body": more}
    return {"type": "http.request", "body": part, "more_body": more}


def cut(body: bytes, way: int, choose: Choose) -> list[bytes]:
    """A body in parts; way 0 is in one."""
    size = len(body)
    if way == 1:
        return [body[: size // 2], body[size // 2 :]]
    if way == 2:
        return [body, b""]
    if way == 3:
        return [b"", body]
    if way == 4:
        return [body[:1], body[1:]]
    if way == 5:
        return [body[: size - 1], body[size - 1 :]] if size else [b"", b"", b""]
    if way == 6:
        at = choose(size + 1)
        return [body[:at], body[at:]]
    if way == 7:
        first, second = choose(size + 1), choose(size + 1)
        first, second = (first, second) if first < second else (second, first)
        return [body[:first], body[first:second], body[second:]]
    if way == 8:
        return [body[: size // 2], b"", body[size // 2 :], b""]
    if way == 9:
        return [*(body[at : at + 1] for at in range(min(size, 8))), body[8:]]
    return [body]


WAYS_TO_CUT = 10
SPELLINGS = 5


def body_steps(body: bytes, choose: Choose) -> list[Act]:
    """The request events for a body: how it is cut, spelled, and when the parts come."""
    way = choose(16)
    if way == 0 or way > 9:
        spelling = choose(8)
        return [Act("recv", 0, "event", request(body, False, spelling))]
    parts = cut(body, way, choose)
    last = len(parts) - 1
    style = choose(16)  # one draw for all parts: equal spelling and gates, or odd ones
    steps: list[Act] = []
    for index, part in enumerate(parts):
        name, n = AT_ONCE if style < 8 or index == 0 else gate(choose)
        spelling = style % 5 if style < 10 else choose(SPELLINGS)
        steps.append(Act(name, n, "event", request(part, index < last, spelling)))
    return steps


def message(value: str | bytes, spelling: int) -> Event:
    """One websocket.receive: the other key missing (0), None (1), or with an unknown key (2)."""
    key, other = ("text", "bytes") if isinstance(value, str) else ("bytes", "text")
    event: Event = {"type": "websocket.receive", key: value}
    if spelling == 1:
        event[other] = None
    elif spelling == 2:
        event["asgisim.extra"] = None
    return event


def connect(spelling: int = 0) -> Event:
    """websocket.connect, with an unknown key for 1."""
    return (
        {"type": "websocket.connect", "asgisim.extra": 1} if spelling == 1 else {"type": "websocket.connect"}
    )


# How a message is timed: after the accept, after an answer, at once behind the one before.
_MESSAGE_GATES = (
    ("send", 1),
    ("recv", 0),
    ("recv", 1),
    ("send", 1),
    ("idle", 1),
    ("tick", 1),
    ("send", 2),
    ("tick", 3),
    ("sleep", 1),
    ("sleep", 20),
)


def websocket_steps(choose: Choose) -> list[Act]:
    """connect, some messages, and mostly a close by the client."""
    steps = [Act("recv", 0, "event", connect(choose(16)))]
    count = (0, 1, 1, 2, 1, 3, 2, 5)[choose(8)]
    for index in range(count):
        draw = choose(len(MESSAGES) * 4)
        # A first message would be refused before the accept, so it waits for an answer.
        name, n = ("send", 1) if index == 0 else _MESSAGE_GATES[choose(10)]
        steps.append(Act(name, n, "event", message(MESSAGES[draw % len(MESSAGES)], draw // len(MESSAGES))))
    end = choose(20)
    if end:
        name, n = (("idle", 1), ("recv", 1), ("send", 1), ("recv", 0))[choose(4)]
        steps.append(Act(name, n, "disconnect", fresh(CLOSES[end % len(CLOSES)])))
    return steps


_FAULTS: tuple[tuple[str, ...], ...] = (
    *((),) * 9,
    ("disconnect",),
    ("disconnect",),
    ("disconnect",),
    ("cancel",),
    ("block", "unblock"),
    ("block", "disconnect"),
    ("block", "cancel"),
    ("shutdown",),
)


def with_faults(steps: list[Act], choose: Choose, after: int = 0) -> list[Act]:
    """Mostly the steps themselves; else with a disconnect, cancel, back-pressure or shutdown among them.

    after: how many steps at the front stay where they are.
    """
    for act in _FAULTS[choose(17)]:
        at = choose(len(steps) + 1 - after)
        name, n = gate(choose)
        # From the end: a fault in the midst of things is the odder one.
        steps.insert(len(steps) - at, Act(name, n, act))
    return steps


def body_of(steps: list[Act]) -> bytes:
    """The request body that the steps of a script make up, as far as it is to be sent."""
    parts: list[bytes] = []
    for act in steps:
        if act.act == "event" and act.arg.get("type") == "http.request":
            parts.append(act.arg.get("body", b""))
            if not act.arg.get("more_body", False):
                break
    return b"".join(parts)


def body_size(steps: list[Act]) -> int:
    """How long `body_of` is."""
    size = 0
    for _, _, name, arg in steps:
        if name == "event" and arg.get("type") == "http.request":
            size += len(arg.get("body", b""))
            if not arg.get("more_body", False):
                break
    return size


def is_request(act: Act) -> bool:
    """Whether a step makes a piece of a request body available."""
    return act.act == "event" and isinstance(act.arg, dict) and act.arg.get("type") == "http.request"


def is_message(act: Act) -> bool:
    """Whether a step makes a WebSocket message available."""
    return act.act == "event" and isinstance(act.arg, dict) and act.arg.get("type") == "websocket.receive"
