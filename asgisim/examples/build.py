"""How the example traces are written: a few words for steps, and the table that collects them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from asgisim.model import trace as t
from asgisim.model.trace import Step, Trace


@dataclass(frozen=True, slots=True)
class Example:
    """Two traces for a rule: one puts it to the test and keeps it, one breaks it and nothing else."""

    keeps: Trace
    breaks: Trace


EXAMPLES: dict[str, Example] = {}


def example(rule: str, keeps: Iterable[Step], breaks: Iterable[Step]) -> None:
    """Enter the two traces for a rule's id. Raises ValueError for an id that has an example."""
    if rule in EXAMPLES:
        raise ValueError(f"rule {rule} has an example already")
    EXAMPLES[rule] = Example(Trace(list(keeps)), Trace(list(breaks)))


ABSENT: Final = object()  # the value of a key that a scope or event is to lack


def _with(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**base, **changes}.items() if value is not ABSENT}


def scope(protocol: str, **changes: Any) -> Step:
    """A plain scope of the newest text, in which these keys differ."""
    base: dict[str, Any] = {"type": protocol, "asgi": {"version": "3.0", "spec_version": "2.5"}}
    if protocol == "lifespan":
        base = {"type": protocol, "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    else:
        base.update(http_version="1.1", path="/", raw_path=b"/", query_string=b"", headers=[], extensions={})
    if protocol == "http":
        base["method"] = "GET"
    return Step(t.SCOPE, _with(base, changes))


def gives(type: str, **keys: Any) -> Step:
    """The server gives this event."""
    return Step(t.RECEIVE, _with({"type": type}, keys))


def sends(type: str, **keys: Any) -> Step:
    """The app sends this event."""
    return Step(t.SEND, _with({"type": type}, keys))


WAITS = Step(t.WAIT, None)
LEAVES = Step(t.LEFT, "closed")
RETURNS = Step(t.RETURN, None)
RAISES = Step(t.RAISE, {"type": "RuntimeError", "text": "", "where": [], "own": False})
