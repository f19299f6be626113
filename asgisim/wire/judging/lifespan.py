"""The lifespan over sockets: when it comes, what the server waits for, and what its answers lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from asgisim.drive.wire import record
from asgisim.drive.wire.record import LIFESPAN, STOPPING, Record
from asgisim.model.trace import CANCEL, NOTE, RAISE, RECEIVE, RETURN, SCOPE, WAIT, Step
from asgisim.wire.judging.facts import LONG, SHORT, Try, Verdict, tells, tries
from asgisim.wire.judging.sending import said, wrong

OURS = "asgisim"  # how the keys begin that a scenario puts into state


class Life:
    """The lifespan call of a record, and what else one must know to judge it."""

    def __init__(self, played: Record) -> None:
        self.played = played
        self.numbered = [(i, step) for i, step in enumerate(played.app) if step.exchange == LIFESPAN]
        self.steps: list[Step] = [step for _, step in self.numbered]
        self.tries: list[Try] = tries(self.numbered)
        self.taken = [one for one in self.tries if one.error is None]
        self.stop = next((s.time for s in self.steps if s.kind == NOTE and s.data == STOPPING), None)
        self.scopes = [s for s in played.app if s.kind == SCOPE and s.exchange >= 0]
        self.log = played.log
        self.exit = next((fact["detail"] for fact in played.facts if fact["what"] == "exit"), "")

    def at(self, kind: str) -> float | None:
        """When send took an event of this type."""
        return next((one.time for one in self.taken if one.kind == kind), None)

    def got(self, kind: str) -> float | None:
        """When receive gave an event of this type."""
        for step in self.steps:
            if step.kind == RECEIVE and isinstance(step.data, dict) and step.data.get("type") == kind:
                return step.time
        return None

    def message(self, kind: str) -> str | None:
        """The message of an answer that send took; None without."""
        found = next((one.event.get("message") for one in self.taken if one.kind == kind), None)
        return found if isinstance(found, str) else None

    @property
    def by_itself(self) -> bool:
        """Whether the server ended without being killed by us."""
        return self.exit.startswith("by itself")


@tells("lifespan.shutdown.sent")
def shutdown_sent(life: Life) -> Iterator[Verdict]:
    """A server that is told to stop tells the app, which had completed its startup."""
    if life.stop is None or life.at("lifespan.startup.complete") is None or _over(life):
        return
    if life.got("lifespan.shutdown") is not None:
        yield "lifespan.shutdown.sent", True, ""
    elif _held_up(life, life.stop):
        # How long a server waits for a call that goes on is its own affair, but then it is time.
        free = _free(life)
        if free is not None and any(s.kind == WAIT and s.time - free >= LONG for s in life.steps):
            about = "the server was told to stop, the last call ended, and the app got no shutdown"
            yield "lifespan.shutdown.sent", False, about
    elif any(s.kind == WAIT and s.time - life.stop >= LONG for s in life.steps):
        about = "the server was told to stop, and the app got no shutdown"
        yield "lifespan.shutdown.sent", False, about
    elif any(s.kind == CANCEL and s.time > life.stop for s in life.steps) or _lost(life):
        about = "the server was told to stop, and ended without a shutdown"
        yield "lifespan.shutdown.sent", False, about


def _held_up(life: Life, stop: float) -> bool:
    """Whether some call went on when the server had been told to stop."""
    ends = {s.exchange: s.time for s in life.played.app if s.kind in (RETURN, RAISE, CANCEL)}
    calls = {s.exchange for s in life.scopes}
    if any(fact["what"] == "unexpected-call" for fact in life.played.facts):
        return True  # nobody answered it
    return any(ends.get(call, float("inf")) > stop + SHORT for call in calls)


def _free(life: Life) -> float | None:
    """When the last call and the last connection had ended, if all did, by themselves and before our end."""
    played = life.played
    if any(fact["what"] == "unexpected-call" for fact in played.facts):
        return None
    told = {s.exchange for s in played.app if s.kind == NOTE and s.data == "the scenario is over"}
    ends = {s.exchange: s.time for s in played.app if s.kind in (RETURN, RAISE)}
    calls = {s.exchange for s in life.scopes}
    gone = {one.connection: one.time for one in played.client if one.kind in (record.CLOSED, record.END)}
    if (
        calls & told
        or not calls <= ends.keys()
        or not {one.connection for one in played.client} <= gone.keys()
    ):
        return None
    return max([ends[call] for call in calls] + list(gone.values()), default=None)


def _over(life: Life) -> bool:
    """Whether the call had ended before the server was told to stop."""
    return any(s.kind in (RETURN, RAISE) and life.stop is not None and s.time < life.stop for s in life.steps)


@tells("lifespan.startup.before-connections", "lifespan.startup.complete.awaited")
def connections_wait(life: Life) -> Iterator[Verdict]:
    """No call comes before startup has been answered."""
    if not life.steps or not life.scopes:
        return
    first = min(step.time for step in life.scopes)
    began = life.got("lifespan.startup")
    answered = [s.time for s in life.steps if s.kind in (RETURN, RAISE)]
    done = [t for t in (life.at("lifespan.startup.complete"), *answered) if t is not None]
    if began is not None:
        yield (
            "lifespan.startup.before-connections",
            began <= first,
            "a request was served before startup began",
        )
        if began <= first and life.at("lifespan.startup.failed") is None:
            early = not done or first < min(done)
            yield (
                "lifespan.startup.complete.awaited",
                not early,
                "a request was served before startup was answered",
            )


@tells("lifespan.exception.server-continues")
def goes_on(life: Life) -> Iterator[Verdict]:
    """An app that raises on the lifespan is served without."""
    raised = next((s for s in life.steps if s.kind == RAISE), None)
    if raised is None or life.at("lifespan.startup.complete") is not None:
        return
    if life.at("lifespan.startup.failed") is None:
        asked = any(one.kind in (record.REQUEST, record.REFUSED) for one in life.played.client)
        if asked:
            yield "lifespan.exception.server-continues", bool(life.scopes), "the server does not serve"


@tells(
    "lifespan.startup.failed.exits",
    "lifespan.startup.failed.logged",
    "lifespan.startup.failed.message.default",
)
def startup_failed(life: Life) -> Iterator[Verdict]:
    """After startup.failed nothing is served, and the message is logged."""
    event = next((one for one in life.tries if one.kind == "lifespan.startup.failed"), None)
    if event is None or wrong(event.event):
        return
    if "message" not in event.event:
        well = not _trouble(life, event)
        yield "lifespan.startup.failed.message.default", well, _trouble(life, event)
    if event.error is not None:
        yield from _unheard(life, event)
        return
    served = bool(life.scopes)
    about = "a request was served" if served else "the process did not end"
    yield "lifespan.startup.failed.exits", life.by_itself and not served, about
    message = life.message("lifespan.startup.failed")
    if message:
        yield "lifespan.startup.failed.logged", message in life.log, f"{message!r} is not in the log"


def _trouble(life: Life, event: Try) -> str:
    """A KeyError, raised or in the log: the server itself looked for the message."""
    if event.error is not None and event.error["type"] == "KeyError":
        return said(event)
    found = re.search(r"KeyError: '?message'?", life.log)
    return f"the log has {found[0]}" if found else ""


def _unheard(life: Life, event: Try) -> Iterator[Verdict]:
    """A send that raises has heard of the message if that stands in its error, for whoever catches it."""
    message = event.event.get("message")
    if message and event.error is not None and message not in event.error["text"]:
        heard = message in life.log
        yield f"{event.kind}.logged", heard, f"{message!r} is not in the log, and {said(event)}"


@tells(
    "lifespan.shutdown.failed.terminates",
    "lifespan.shutdown.failed.logged",
    "lifespan.shutdown.failed.message.default",
)
def shutdown_failed(life: Life) -> Iterator[Verdict]:
    """After shutdown.failed the server ends all the same."""
    event = next((one for one in life.tries if one.kind == "lifespan.shutdown.failed"), None)
    if event is None or life.got("lifespan.shutdown") is None or wrong(event.event):
        return
    if "message" not in event.event:
        well = not _trouble(life, event)
        yield "lifespan.shutdown.failed.message.default", well, _trouble(life, event)
    if event.error is not None:
        yield from _unheard(life, event)
        return
    yield "lifespan.shutdown.failed.terminates", life.by_itself, f"the process ended {life.exit}"
    message = life.message("lifespan.shutdown.failed")
    if message:
        yield "lifespan.shutdown.failed.logged", message in life.log, f"{message!r} is not in the log"


@tells("lifespan.shutdown.complete.awaited", "lifespan.scope.duration")
def shutdown_awaited(life: Life) -> Iterator[Verdict]:
    """The server lets the app finish its shutdown, and its lifespan until then."""
    told = life.got("lifespan.shutdown")
    lost = any(s.kind == CANCEL for s in life.steps) or _lost(life)
    if told is not None and life.at("lifespan.startup.complete") is not None:
        if life.at("lifespan.shutdown.complete") is not None:
            yield "lifespan.shutdown.complete.awaited", True, ""
        elif lost and not any(one.kind.startswith("lifespan.shutdown") for one in life.tries):
            yield "lifespan.shutdown.complete.awaited", False, "the server ended before the app had answered"
    if life.at("lifespan.startup.complete") is not None and life.scopes and not _over(life):
        early = [s.time for s in life.steps if s.kind == CANCEL]
        cut = bool(early) and (life.stop is None or early[0] < life.stop)
        yield "lifespan.scope.duration", not cut, "the lifespan call was cancelled while the server served"


def _lost(life: Life) -> bool:
    return any(fact["what"] == "lifespan-lost" for fact in life.played.facts)


@tells("lifespan.shutdown.after-connections")
def shutdown_last(life: Life) -> Iterator[Verdict]:
    """The shutdown comes when all connections have ended."""
    told = life.got("lifespan.shutdown")
    if told is None or life.stop is None or told < life.stop:
        return
    for call in sorted({s.exchange for s in life.scopes}):
        steps = [s for s in life.played.app if s.exchange == call]
        ended = next((s.time for s in steps if s.kind in (RETURN, RAISE, CANCEL)), None)
        yield (
            "lifespan.shutdown.after-connections",
            ended is not None and ended <= told,
            "the shutdown came while a call was still running",
        )


@tells("lifespan.send.bad-rejected")
def misplaced(life: Life) -> Iterator[Verdict]:
    """An answer that nobody asked for is refused."""
    asked = {
        "lifespan.startup": life.got("lifespan.startup"),
        "lifespan.shutdown": life.got("lifespan.shutdown"),
    }
    answered: set[str] = set()
    if asked["lifespan.startup"] is None:
        return  # a server that does not ask has a rule of its own
    for one in life.tries:
        phase = one.kind.rpartition(".")[0]
        if one.kind.startswith("lifespan.") and wrong(one.event) is None:
            when = asked.get(phase)
            if when is None and life.stop is not None and life.stop < one.time:
                return  # a shutdown that never came has a rule of its own
            odd = when is None or when > one.time or phase in answered
            if odd:
                yield (
                    "lifespan.send.bad-rejected",
                    one.error is not None,
                    f"send took {one.kind} out of place",
                )
                if one.error is None:
                    return
            if one.error is None:
                answered.add(phase)
        elif wrong(one.event) is not None:
            yield "lifespan.send.bad-rejected", one.error is not None, f"send took {one.event!r}"
            if one.error is None:
                return


@tells("lifespan.once-per-loop")
def once(life: Life) -> Iterator[Verdict]:
    """One loop has one lifespan."""
    count = sum(1 for s in life.steps if s.kind == SCOPE)
    more = sum(fact["what"] == "more-lifespans" for fact in life.played.facts)
    if count:
        yield "lifespan.once-per-loop", not more, f"{count + more} lifespan calls"


# --- state -------------------------------------------------------------------------------------------


def puts(steps: list[Step]) -> Iterator[tuple[float, list[Any], Any]]:
    """What the app wrote into its scope: when, where, what."""
    for step in steps:
        if step.kind == NOTE and isinstance(step.data, dict) and "put" in step.data:
            yield step.time, step.data["put"], step.data["value"]


@tells(
    "http.scope.state.copy",
    "websocket.scope.state.copy",
    "lifespan.state.shallow-copy",
    "lifespan.state.untouched",
)
def state(played: Record) -> Iterator[Verdict]:
    """Each call gets a dict of its own with the values of the lifespan's, and nothing else."""
    scopes = [s for s in played.app if s.kind == SCOPE and s.exchange >= 0 and isinstance(s.data, dict)]
    life = [s for s in played.app if s.exchange == LIFESPAN]
    for place, step in enumerate(scopes):
        seen = step.data.get("state")
        if not isinstance(seen, dict):
            continue
        for other in scopes[:place]:
            yield from _apart(played, other, seen, str(step.data.get("type")))
        yield from _as_left(life, step, seen, {id(one) for one in scopes[:place]}, played)


def _apart(played: Record, other: Step, seen: dict[str, Any], kind: str) -> Iterator[Verdict]:
    """A key that another call wrote is not here; a value that it changed inside is."""
    mine = [s for s in played.app if s.exchange == other.exchange]
    for _, path, value in puts(mine):
        if len(path) == 2 and path[0] == "state" and kind in ("http", "websocket"):
            about = f"state has {path[1]!r}, which another call wrote"
            yield f"{kind}.scope.state.copy", seen.get(path[1]) != value, about
        elif len(path) == 3 and path[0] == "state" and isinstance(seen.get(path[1]), dict):
            about = f"state[{path[1]!r}] is not the object that the lifespan put there"
            yield "lifespan.state.shallow-copy", seen[path[1]].get(path[2]) == value, about


def _as_left(
    life: list[Step], step: Step, seen: dict[str, Any], before: set[int], played: Record
) -> Iterator[Verdict]:
    """What the lifespan put there, and nothing that nobody put there."""
    if not life:
        return
    wanted = {path[1]: value for when, path, value in puts(life) if len(path) == 2 and when < step.time}
    if not wanted:
        return
    plain = {key: value for key, value in wanted.items() if not isinstance(value, dict)}
    lost = [key for key in wanted if key not in seen]
    changed = [key for key, value in plain.items() if key in seen and seen[key] != value]
    if lost:
        yield "lifespan.state.shallow-copy", False, f"state lacks {lost!r}, which the lifespan put there"
        return
    foreign = [key for key in seen if not str(key).startswith(OURS)]
    about = f"the server put {foreign!r} into state" if foreign else f"the server changed {changed!r}"
    yield "lifespan.state.untouched", not foreign and not changed, about


CHECKS = (
    *(shutdown_sent, connections_wait, goes_on, startup_failed, shutdown_failed, shutdown_awaited),
    *(shutdown_last, misplaced, once),
)
