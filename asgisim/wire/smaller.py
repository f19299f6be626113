"""Every way to leave one thing out of a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from asgisim.drive.wire.script import Step


def simpler(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Every way to leave one thing out: a step, an event of a send, a part of a request or frame."""
    for index in reversed(range(len(steps))):
        yield [*steps[:index], *steps[index + 1 :]]
    for index, step in enumerate(steps):
        if step.act == "together":
            yield [*steps[:index], step._replace(act="send"), *steps[index + 1 :]]
        for arg in _simpler_arg(step):
            yield [*steps[:index], step._replace(arg=arg), *steps[index + 1 :]]


def _simpler_arg(step: Step) -> Iterator[Any]:
    arg = step.arg
    if step.act in ("send", "together") and isinstance(arg, list) and len(arg) > 1:
        for index in range(len(arg)):
            yield [*arg[:index], *arg[index + 1 :]]
    if step.who == "client" and step.act in ("request", "handshake", "frame") and isinstance(arg, dict):
        for key in arg:
            if key != "opcode":
                yield {name: value for name, value in arg.items() if name != key}
        lines = arg.get("headers") or ()
        for index in range(len(lines) if len(lines) > 1 else 0):
            yield {**arg, "headers": [*lines[:index], *lines[index + 1 :]]}
