"""Equal bytes, equal outcome: a scenario in another spelling that means the same, and what came of both.

Three spellings: the same bytes cut into other segments, pipelined requests one by one, and WebSocket messages
whole in place of fragments. Only where the scenario leaves nothing to chance: requests composed by us, each
answered, nobody leaving early, nothing sent at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from asgisim.drive.wire.matching import unmarked
from asgisim.drive.wire.record import RESPONSE, Record
from asgisim.drive.wire.script import Step, WireScenario
from asgisim.model.trace import RECEIVE, SCOPE

SEGMENTS, PIPELINED, FRAGMENTS = "equal.segments", "equal.pipelined", "equal.fragments"
_TAKEN = frozenset(["request", "handshake", "send", "response", "frame", "frames", "eof", "wait"])


def spellings(one: WireScenario) -> Iterator[tuple[str, WireScenario]]:
    """Each other spelling of a scenario, with the id of the rule that the two put to the test."""
    if one.lifespan or any(step.who == "client" and step.act not in _TAKEN for step in one.steps):
        return
    if any(step.act == "together" for step in one.steps):
        return  # in which order these come out is left to chance
    for rule, respell in _RESPELL.items():
        if one.http2 and rule == PIPELINED:
            continue  # streams are not answered in order
        steps = respell(one.steps)
        if steps is not None and steps != one.steps:
            yield rule, one.changed(steps)


def _segments(steps: list[Step]) -> list[Step] | None:
    """What was cut goes out whole, and what went out whole is cut in the middle of everything."""
    made, changed = [], False
    for step in steps:
        arg = step.arg
        if step.who == "client" and step.act in ("request", "handshake", "frame") and isinstance(arg, dict):
            plain = {key: value for key, value in arg.items() if key not in ("cuts", "pause")}
            if len(plain) == len(arg):
                plain = {**plain, "cuts": [2] if step.act == "frame" else [3, 11, 37, 70], "pause": 0.003}
            made.append(step._replace(arg=plain))
            changed = True
        elif step.who == "client" and step.act == "send":
            return None  # raw bytes may be wrong, and what is wrong may be noticed sooner or later
        else:
            made.append(step)
    return made if changed else None


def _pipelined(steps: list[Step]) -> list[Step] | None:
    """Each request goes out when the response before it has been read."""
    asked = [index for index, step in enumerate(steps) if step.act == "request"]
    if len(asked) < 2 or asked != list(range(len(asked))) or any(step.act == "handshake" for step in steps):
        return None
    waiting = [steps[index] for index in asked]
    made = [waiting.pop(0)]
    for step in steps[len(asked) :]:
        made.append(step)
        if step.act == "response" and waiting:
            made.append(waiting.pop(0))
    return made if not waiting else None


def _fragments(steps: list[Step]) -> list[Step] | None:
    """Messages of several frames become messages of one."""
    made: list[Step] = []
    open_: Step | None = None
    joined = False
    for step in steps:
        arg = step.arg if isinstance(step.arg, dict) else {}
        if step.who == "client" and step.act == "frame" and arg.get("opcode") in ("text", "binary", 0):
            if open_ is not None and arg["opcode"] == 0:
                data = open_.arg.get("data", b"") + arg.get("data", b"")
                open_, joined = open_._replace(arg={**open_.arg, "data": data}), True
            elif open_ is not None or arg["opcode"] == 0:
                return None  # not a message
            else:
                open_ = step
            if arg.get("fin", True):
                whole = {key: value for key, value in open_.arg.items() if key != "fin"}
                made.append(open_._replace(arg=whole))
                open_ = None
        else:
            made.append(step)
    return made if joined and open_ is None else None


_RESPELL: dict[str, Callable[[list[Step]], list[Step] | None]] = {
    SEGMENTS: _segments,
    PIPELINED: _pipelined,
    FRAGMENTS: _fragments,
}


def outcome(played: Record) -> dict[str, Any]:
    """What must not depend on the spelling: the calls, what each received, the answers."""
    calls: dict[int, dict[str, Any]] = {}
    for step in played.app:
        call = calls.setdefault(step.exchange, {"body": b"", "events": []})
        if step.kind == SCOPE and isinstance(step.data, dict):
            names = ("type", "method", "path", "raw_path", "query_string", "headers", "subprotocols")
            call["scope"] = {name: step.data[name] for name in names if name in step.data}
            call["scope"]["headers"] = unmarked(step.data.get("headers"))
        elif step.kind == RECEIVE and isinstance(step.data, dict):
            kind = step.data.get("type")
            if kind == "http.request":
                call["body"] += step.data.get("body") or b""
                call["whole"] = not step.data.get("more_body")
            elif kind == "websocket.receive":
                call["events"].append((step.data.get("text"), step.data.get("bytes")))
    answers = [
        (one.connection, one.data.status, one.data.body, one.data.complete)
        for one in played.client
        if one.kind == RESPONSE
    ]
    return {"calls": calls, "answers": answers}


def difference(first: Record, second: Record) -> str:
    """Where the outcomes of two spellings differ, in words; empty if they do not, or if one was cut short."""
    if any(fact["what"] in ("stuck", "server-died") for one in (first, second) for fact in one.facts):
        return ""  # that has rules of its own
    before, after = outcome(first), outcome(second)
    if before["answers"] != after["answers"]:
        return f"the answers {_short(before['answers'])} became {_short(after['answers'])}"
    for call in sorted({*before["calls"], *after["calls"]}):
        one, other = before["calls"].get(call), after["calls"].get(call)
        if one is None or other is None:
            return f"{len(before['calls'])} calls became {len(after['calls'])}"
        for part in ("scope", "body", "events"):
            if part == "body" and not (one.get("whole") and other.get("whole")):
                continue  # how much a receive gives is open
            if one.get(part) != other.get(part):
                return f"{part} of call {call}: {_short(one.get(part))} became {_short(other.get(part))}"
    return ""


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 160 else f"{text[:157]}..."
