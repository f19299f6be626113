"""The verdict on one exchange, by looking at each event as it comes."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

from asgisim.judge.cells import bit_of
from asgisim.judge.report import Finding, is_fault
from asgisim.spec import CATALOGUE, PROTOCOLS
from asgisim.spec.editions import Edition, announced
from asgisim.spec.keys import small
from asgisim.spec.robust import AFTER_FAILURE
from asgisim.spec.rules import CHECKS, END_CHECKS, By, Check, EndCheck, Event, EventsCheck, Party, Rule
from asgisim.spec.shapes import tidy
from asgisim.spec.table import rules_of, step
from asgisim.spec.view import Machine, View


class Seen(NamedTuple):
    """What an event's shape says once and for all, and which checks have to look at its values.

    bits: the rules that the shape puts to the test. found: what the shape breaks. headers: the checks that
    tidy headers keep, and their bits. others: the checks of values.
    """

    bits: int
    found: tuple[tuple[Rule, str], ...]
    headers: tuple[Check, ...]
    headers_bits: int
    others: tuple[Check, ...]


# Memos, which only ever grow by the number of shapes and states seen. Shapes have no end, as values of any
# type are drawn; those that come often are among the first few thousand.
_APPLICABLE: dict[tuple[str, Edition], tuple[tuple[Check, ...], tuple[Check, ...]]] = {}
_SHAPES: dict[tuple[Any, ...], Seen] = {}
_ENDS: dict[tuple[str, Edition], tuple[EndCheck, ...]] = {}
_ROWS: dict[tuple[str, Any], int] = {}
_SHAPES_LIMIT = 4000
Move: TypeAlias = "tuple[int, Any, Rule | None]"
_MOVES: dict[tuple[Any, Any, Edition], Move] = {}
_DRIVEN = 0


DETAIL_MAX = 1000  # characters


class JudgeDefect(RuntimeWarning):
    """A check of asgisim's own failed: its rule counts as not exercised, and the report says so."""


# By rule, what the checks that failed raised; `take_defects` empties it.
_DEFECTS: dict[str, str] = {}


def take_defects() -> list[str]:
    """A line for each check of asgisim's own that failed since the last call."""
    told = [
        f"the check of {rule} failed, which is a defect of asgisim: {error}"
        for rule, error in _DEFECTS.items()
    ]
    _DEFECTS.clear()
    return told


def _asked(check: Check | EndCheck, *about: Any) -> list[str] | None:
    """What a check finds; None where it fails: nobody knows then whether the rule is kept, so it counts as
    not exercised.

    Values may defy looking at, such as an int too long to be told or a list within itself. An error that no
    value excuses is a defect of ours, and told.
    """
    try:
        return list(check.function(*about))
    except (OverflowError, RecursionError, MemoryError):
        return None
    except ValueError as error:
        if "integer string conversion" not in str(error):  # from 4300 digits on
            _tell_defect(check.rule.id, error)
        return None


def _tell_defect(rule: str, error: ValueError) -> None:
    if rule not in _DEFECTS:
        _DEFECTS[rule] = f"{type(error).__name__}: {error}"[:DETAIL_MAX]
        words = f"the check of {rule} failed, which is a defect of asgisim: {_DEFECTS[rule]}"
        warnings.warn(words, JudgeDefect, stacklevel=2)


def _applicable(place: str, edition: Edition) -> tuple[tuple[Check, ...], tuple[Check, ...]]:
    """The checks for a place in an edition: those that depend on the shape alone, and the others."""
    direction = place.split(" ", 1)[0]
    if place not in CHECKS:
        place = f"{direction} ?"
    found = _APPLICABLE.get((place, edition))
    if found is None:
        everywhere = () if place.endswith(" not a dict") else CHECKS.get(f"{direction} *", ())
        checks = [*CHECKS.get(place, ()), *everywhere]
        checks = [check for check in checks if edition.has(check.rule.since)]
        by_shape = tuple(check for check in checks if check.shape and check.when is None)
        others = tuple(check for check in checks if not (check.shape and check.when is None))
        found = _APPLICABLE[(place, edition)] = (by_shape, others)
    return found


def _ends(protocol: str, edition: Edition) -> tuple[EndCheck, ...]:
    """The checks of a finished exchange in an edition."""
    found = _ENDS.get((protocol, edition))
    if found is None:
        checks = (*END_CHECKS.get(protocol, ()), *END_CHECKS.get("*", ()))
        found = tuple(check for check in checks if edition.has(check.rule.since))
        _ENDS[(protocol, edition)] = found
    return found


def _driven() -> int:
    """The robust rules as bits: each ended exchange puts them to the test."""
    global _DRIVEN
    if not _DRIVEN:
        for rule in CATALOGUE.values():
            if rule.by is By.DRIVE:
                _DRIVEN |= rule.bit
    return _DRIVEN


def _row(machine: Machine, state: Any) -> int:
    """The rules that can be broken from this state, as bits."""
    row = _ROWS.get((machine.name, state))
    if row is None:
        row = 0
        for rule in rules_of(machine.table, state):
            row |= rule.bit
        if state in machine.stuck:
            row |= machine.stuck[state].bit
        _ROWS[(machine.name, state)] = row
    return row


def _move(machine: Machine, state: Any, seen: Any, edition: Edition) -> Move:
    """What an input does in a state: rules put to the test and cell, as bits; the next state; what breaks."""
    moved, broken = step(machine.table, state, seen, edition)
    if broken is not None and not edition.has(broken.since):
        broken = None
    return _row(machine, state) | bit_of((machine.name, state.name, seen.name)), moved, broken


class Exact:
    """Judges one exchange as it goes: call `scope`, then the other methods in the order of things.

    `index` of each method is the step's place in the trace, kept in the findings. exercised: the rules that
    were put to the test, and the cells that were visited, as bits. by_value: whether a finding came of
    something else than the types of the event and what was before it. Both are for the caller to set back.
    kept: how the checks at the end that hang on sizes can be looked at quickly.
    """

    __slots__ = (
        "by_value",
        "exchange",
        "exercised",
        "findings",
        "first",
        "kept",
        "protocol",
        "view",
    )

    def __init__(self, scope: Any, forced: Edition | None = None, exchange: int = 0) -> None:
        kind = scope.get("type") if isinstance(scope, dict) else None
        self.protocol = PROTOCOLS.get(kind) if isinstance(kind, str) else None
        self.view = View(scope, self.protocol, announced(scope, forced))
        self.exchange = exchange
        self.findings: list[Finding] = []
        self.exercised = 0
        self.first: dict[Party, str] = {}
        self.by_value = False
        self.kept: tuple[EventsCheck, ...] = ()

    def scope(self, scope: Any, index: int = 0) -> None:
        """The app was called with this scope."""
        if isinstance(scope, dict):
            kind = scope.get("type")
            self._check(f"scope {kind}" if isinstance(kind, str) else "scope ?", scope, Party.SERVER, index)
        else:
            self._check("scope not a dict", {"": scope}, Party.SERVER, index)

    def receive(self, event: Any, index: int = 0) -> None:
        """The server gave this event to a receive call."""
        view = self.view
        if not isinstance(event, dict):
            self._check("receive not a dict", {"": event}, Party.SERVER, index)
            return
        kind = event.get("type")
        self._check(f"receive {kind}", event, Party.SERVER, index)
        if self.protocol is not None:
            machine = self.protocol.receive
            seen = machine.read(event, view)
            if seen is not None:
                self._move(machine, "receiving", seen, Party.SERVER, index, kind)
            machine = self.protocol.send
            if machine.hears is not None and (heard := machine.hears(event)) is not None:
                self._move(machine, "sending", heard, Party.APP, index, kind)
        if isinstance(kind, str) and kind.endswith(".disconnect"):
            view.told = True
        view.received.append(event)

    def waited(self) -> None:
        """The app called receive and nothing came yet: the server could have given what it must not."""
        if self.protocol is not None:
            self.exercised |= _row(self.protocol.receive, self.view.receiving)

    def send(self, event: Any, index: int = 0) -> None:
        """The app called send with this event."""
        view = self.view
        if not isinstance(event, dict):
            self._check("send not a dict", {"": event}, Party.APP, index)
            return
        kind = event.get("type")
        self._check(f"send {kind}", event, Party.APP, index)
        if self.protocol is not None and view.ending != "cancelled":  # a clean-up owes no order any more
            machine = self.protocol.send
            seen = machine.read(event, view)
            if seen is not None:
                self._move(machine, "sending", seen, Party.APP, index, kind)
        if view.start is None and kind == "http.response.start":
            view.start = event
        view.sent.append(event)

    def failed(self, index: int = 0) -> None:
        """That send raised the server's own error, since the client has gone."""
        view = self.view
        view.failed += 1
        if view.failed == 1:
            view.first_failed = len(view.sent)
            self.exercised |= AFTER_FAILURE.bit
        elif view.failed == 2 and len(view.sent) > view.first_failed and view.ending != "cancelled":
            lost, more = (str(view.sent[at].get("type")) for at in (view.first_failed - 1, -1))
            self._found(AFTER_FAILURE, Party.APP, f"{more} after {lost} had failed", index, state=lost)

    def left(self) -> None:
        """The client went away, or the server lost or closed the connection."""
        self.view.gone = True
        if self.protocol is not None:
            for machine, name in ((self.protocol.receive, "receiving"), (self.protocol.send, "sending")):
                if machine.left is not None:
                    state, _ = step(machine.table, getattr(self.view, name), machine.left, self.view.edition)
                    setattr(self.view, name, state)

    def cancelled(self) -> None:
        """The server cancelled the call: from here on nothing is owed by the app."""
        self.view.ending = "cancelled"
        # A server that cancels has given the connection up: a disconnect may follow at any moment.
        self.left()

    def fact(self, data: dict[str, Any], index: int = 0) -> None:
        """The driver saw something that breaks one of the robust rules."""
        rule = CATALOGUE[data["rule"]]
        if rule.id == "robust.hang" and self.protocol is not None:
            rule = self.protocol.send.stuck.get(self.view.sending, rule)
        self._found(rule, Party.APP, str(data.get("detail", "")), index, where=tuple(data.get("where", ())))
        self.by_value = True

    def returned(self, value: object, index: int = 0) -> None:
        """The call returned."""
        self._end("returned", index, value=value)

    def raised(self, data: dict[str, Any], index: int = 0) -> None:
        """The call raised; data as in a RAISE step."""
        view = self.view
        cancelled = view.ending == "cancelled"
        error = f"{data.get('type', '')}: {data.get('text', '')}".rstrip(": ")
        broken_before = len(self.findings)
        view.own = bool(data.get("own"))
        legal = cancelled or view.own or self._raise_is_legal()
        self._end("raised", index, error=error)
        if not legal and len(self.findings) == broken_before:
            self._found(
                CATALOGUE["robust.crash"], Party.APP, error, index, where=tuple(data.get("where", ()))
            )
            self.by_value = True

    def stopped(self, index: int = 0) -> None:
        """The driver gave the call up; why stands in a fact of its own."""
        self._end("stopped", index)

    def _raise_is_legal(self) -> bool:
        view = self.view
        # Unknown scopes are to be refused by raising; lifespan may be (lifespan#scope); and whoever
        # was given something invalid, or has lost its client, may well raise.
        if self.protocol is None or not view.clean or view.gone or view.told:
            return True
        return self.protocol.name == "lifespan" and not self._lifespan_was_well()

    def _lifespan_was_well(self) -> bool:
        """Whether startup was completed and no failure told: whoever raises then does not mean to refuse."""
        said = [event.get("type") for event in self.view.sent]
        return "lifespan.startup.complete" in said and not any(str(kind).endswith(".failed") for kind in said)

    def _end(self, ending: str, index: int, value: object = None, error: str = "") -> None:
        view = self.view
        was_cancelled = view.ending == "cancelled"
        view.ending = "cancelled" if was_cancelled else ending
        view.value, view.error = value, error
        self.exercised |= _driven()
        if was_cancelled or ending == "stopped":
            return
        if self.protocol is not None:
            machine = self.protocol.send
            seen = machine.returns if ending == "returned" else machine.raises
            if seen is not None:
                self._move(machine, "sending", seen, Party.APP, index, f"the app {ending}")
        self._server_error(index)
        for check in _ends(self.protocol.name if self.protocol else "?", view.edition):
            if check.when(view):
                self.exercised |= check.rule.bit
                if check.kept is not None:
                    self.kept += (check.kept,)
                for detail in _asked(check, view) or ():
                    self.by_value = True
                    party = Party.APP if check.rule.party is Party.BOTH else check.rule.party
                    self._found(check.rule, party, detail, index)

    def _server_error(self, index: int) -> None:
        """A 500 for legal input is a crash that was caught. One that also raised is told as that."""
        view = self.view
        if view.ending != "returned" or not view.clean or view.gone or self.protocol is None:
            return
        start = next((e for e in view.sent if str(e.get("type")).endswith("response.start")), None)
        if start is not None and start.get("status") == 500:
            self._found(CATALOGUE["robust.server-error"], Party.APP, "the answer is a 500", index)

    def _check(self, place: str, event: Event, party: Party, index: int) -> None:
        view = self.view
        try:
            key = (place, view.edition, *event, *map(type, event.values()))
            known = _SHAPES.get(key)
        except TypeError:  # an unhashable type object cannot be, but a hostile key's hash may raise
            key, known = None, None
        if known is None:
            known = self._look_at_shape(place, event)
            if key is not None and len(_SHAPES) < _SHAPES_LIMIT and small((place, *event)):
                _SHAPES[key] = known
        self.exercised |= known.bits
        for rule, detail in known.found:
            self._found(rule, party, detail, index)
        if known.headers:
            if tidy(event["headers"]):
                self.exercised |= known.headers_bits
            else:
                self._run(known.headers, event, party, index)
        if known.others:
            self._run(known.others, event, party, index)

    def _run(self, checks: Iterable[Check], event: Event, party: Party, index: int) -> None:
        view = self.view
        for check in checks:
            if check.when is not None and not check.when_shape and not check.when(event, view):
                continue
            details = _asked(check, event, view)
            if details is None:
                continue
            self.exercised |= check.rule.bit
            for detail in details:
                self._found(check.rule, party, detail, index)
                self.by_value |= not check.past

    def _look_at_shape(self, place: str, event: Event) -> Seen:
        view = self.view
        by_shape, others = _applicable(place, view.edition)
        bits = headers_bits = 0
        found: list[tuple[Rule, str]] = []
        for check in by_shape:
            if check.key is None or check.key in event:
                details = _asked(check, event, view)
                if details is not None:
                    bits |= check.rule.bit
                    found.extend((check.rule, detail) for detail in details)
        left = [
            check
            for check in others
            if (check.key is None or check.key in event)
            and (check.when is None or not check.when_shape or check.when(event, view))
        ]
        headers = tuple(check for check in left if check.headers and "headers" in event)
        for check in headers:
            headers_bits |= check.rule.bit
        rest = tuple(check for check in left if check not in headers)
        return Seen(bits, tuple(found), headers, headers_bits, rest)

    def _move(self, machine: Machine, name: str, seen: Any, party: Party, index: int, what: Any) -> None:
        view = self.view
        state = getattr(view, name)
        key = (state, seen, view.edition)  # members of one machine's own enums
        move = _MOVES.get(key)
        if move is None:
            move = _MOVES[key] = _move(machine, state, seen, view.edition)
        bits, moved, broken = move
        self.exercised |= bits
        if broken is not None:
            self._found(broken, party, f"{what} in state {state.name}", index, state=state.name)
        setattr(view, name, moved)

    def _found(
        self,
        rule: Rule,
        party: Party,
        detail: str,
        index: int,
        *,
        state: str = "",
        where: tuple[str, ...] = (),
    ) -> None:
        cause = self.first.get(party) or self.first.get(Party.SERVER)
        if len(detail) > DETAIL_MAX:
            detail = f"{detail[:DETAIL_MAX]} ..."
        finding = Finding(rule, party, detail, self.exchange, index, state, cause, where)
        self.findings.append(finding)
        if is_fault(finding):
            self.first.setdefault(party, rule.id)
            if party is Party.SERVER:
                self.view.clean = False
            else:
                self.view.fair = False
