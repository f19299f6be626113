"""Every single fault, in an order in which a short campaign meets one of each kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asgisim.drive.wire.script import Step, WireScenario
from asgisim.wire import malformed
from asgisim.wire.judging.asked import UNCLEAR, read
from asgisim.wire.space import made, protocol_of

LATER = 3  # how many turns one takes of what no rule tells of: any answer is good, unless it is none


def swept(protocols: Sequence[str] = ("http", "websocket")) -> list[WireScenario]:
    """Every single fault of a request, a handshake or a frame: one of each kind, then another of each."""
    turns: dict[Any, int] = {}
    ordered: list[tuple[int, int, WireScenario]] = []
    for number, steps in enumerate(malformed.every()):
        one = made(steps)
        if protocol_of(one) in protocols:
            kind = _kind(one.steps)
            turns[kind] = turn = turns.get(kind, 0) + 1
            ordered.append((turn * (LATER if kind == (UNCLEAR,) else 1), number, one))
    return [one for *_, one in sorted(ordered, key=lambda row: row[:2])]


def _kind(steps: Sequence[Step]) -> tuple[Any, ...]:
    """What is odd with what the client says: the rules, or the parts that are not as usual."""
    first = steps[0]
    if first.act == "send":
        data = first.arg["data"] if isinstance(first.arg, dict) else first.arg
        return tuple(sorted(set().union(*(one.faults | one.odd for one in read(data)))))
    frames = [step.arg for step in steps if step.act == "frame"]
    return *sorted(first.arg), *((str(one["opcode"]), *sorted(one)) for one in frames)
