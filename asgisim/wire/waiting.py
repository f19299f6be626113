"""How long a scenario waits: cut short, with its full time, and what it waited for in vain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asgisim.drive.wire import record
from asgisim.drive.wire.record import Record
from asgisim.drive.wire.script import WireScenario
from asgisim.model.trace import SENT, WAIT
from asgisim.wire.judging.facts import LONG

HURRY = 0.05  # seconds that a step waits in a scenario whose like has waited in vain before
PATIENCE = LONG + 0.7  # seconds that a step waits where the wait itself is the break


def hurried(one: WireScenario) -> WireScenario:
    """The same with short waits only, also where a step names its own."""
    return one.changed(
        [
            step._replace(arg={**step.arg, "bound": min(HURRY, step.arg["bound"])})
            if isinstance(step.arg, dict) and "bound" in step.arg
            else step
            for step in one.steps
        ],
        HURRY,
    )


def patient(scenarios: Sequence[WireScenario]) -> list[WireScenario]:
    """The same with time for all that a server must have done."""
    return [one.changed(bound=PATIENCE) for one in scenarios]


def stalled(one: WireScenario, played: Record) -> Any:
    """What kind of wait came to its bound, None if none did: who waited, in which kind of scenario."""
    waits = {("client", what.data) for what in played.client if what.kind == record.NOTHING}
    waits |= {("app", step.kind) for step in played.app if step.kind == WAIT}
    waits |= {("app", SENT) for step in played.app if step.kind == SENT and step.data == "blocked"}
    waits |= {("driver", fact["what"]) for fact in played.facts if fact["what"] in ("no-call", "stuck")}
    kinds = frozenset((step.who, step.act) for step in one.steps if step.who == "client")
    return (frozenset(waits), kinds) if waits else None


def long(one: WireScenario) -> bool:
    """Whether its own pauses make up most of it."""
    return sum(float(step.arg or 0) for step in one.steps if step.act == "wait") > 1.0


def waits(played: Record) -> int:
    """How many steps came to their bound."""
    app = [step for step in played.app if step.kind == WAIT or (step.kind == SENT and step.data == "blocked")]
    return len(app) + len([what for what in played.client if what.kind == record.NOTHING])
