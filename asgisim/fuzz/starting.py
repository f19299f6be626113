"""Can an app be started again? Real servers start it once; the simulator does so for each scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from asgisim.model import trace as t
from asgisim.model.scenario import Exchange, Scenario
from asgisim.model.trace import Trace

ONE_LOOP = "the app cannot be started twice: all scenarios run in one loop, within one lifespan"
ONCE_ONLY = "lifespan itself was tried once only"
NO_FRESH = (
    "the app cannot be started twice, and there is no fresh one: nothing more was run; "
    "name it as module:attribute, or pass a fresh app with --one-loop (keep_loop=True)"
)
ENDED = "the app could not be started again after a call that could not be ended: the campaign ended early"
_MOST = 100  # requests of one round


class CannotRestart(Exception):
    """A later start of the app did not give what the first gave."""


def started(trace: Trace) -> bool:
    """Whether lifespan.startup.complete was sent."""
    return any(one.kind == t.SEND and _type(one) == "lifespan.startup.complete" for one in trace)


def round_of(lifespan: Exchange, bases: Iterable[Scenario]) -> Scenario:
    """One lifespan with a plain exchange of each route, one after the other."""
    return Scenario([lifespan, *[base.exchanges[-1] for base in bases][:_MOST]])


def restartable(
    run: Callable[[Scenario], Trace], scenario: Scenario, fresh: Callable[[Scenario], Trace | None]
) -> bool:
    """Whether an app that was started once starts twice more, and still serves all that a fresh one serves.

    fresh: a run of a fresh app, or None where there is none; asked only when something failed. What the
    first start has served may be kept in mind: BlackSheep serves no other routes after a second one.
    """
    second, third = run(scenario), run(scenario)
    if not (started(second) and started(third)):
        return False
    failed = _failures(second) | _failures(third)
    first = fresh(scenario) if failed else None
    return not failed - _failures(second if first is None else first)


def _failures(trace: Trace) -> set[int]:
    return {one.exchange for one in trace if one.exchange and _is_failure(one)}


def _is_failure(one: t.Step) -> bool:
    if one.kind == t.SEND and isinstance(one.data, dict):
        status = one.data.get("status")
        return isinstance(status, int) and status >= 500
    return one.kind in (t.RAISE, t.FACT)


def _type(one: t.Step) -> str:
    return str(one.data.get("type")) if isinstance(one.data, dict) else ""
