"""From a trace to verdicts: which rules were broken, which held, which were never reached.

`judge` reads a whole trace. `Watch` judges one exchange step by step, for drivers that want to know at
once (the Lint middleware). Neither runs anything: what they say follows from the steps alone.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from asgisim import trace as t
from asgisim.spec import CATALOGUE, PROTOCOLS
from asgisim.spec.editions import Edition, announced
from asgisim.spec.editions import edition as read_edition
from asgisim.spec.robust import AFTER_FAILURE
from asgisim.spec.rules import CHECKS, END_CHECKS, By, Check, EndCheck, Event, Level, Party, Rule
from asgisim.spec.shapes import tidy
from asgisim.spec.table import rules_of, step
from asgisim.spec.view import Machine, View
from asgisim.trace import Step, Trace


class BrokenRules(AssertionError):
    """A trace breaks rules; `report` has the findings."""

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__("\n".join(finding.line() for finding in report.findings))


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule, where, and by whom.

    detail: what was seen, in words. exchange, step: indexes into the scenario and the trace. state: the
    state the machine was in, for a break of order. caused_by: the id of an earlier break in this
    exchange from which this one may follow. where: an await chain or a traceback, innermost last.
    """

    rule: Rule
    party: Party
    detail: str
    exchange: int
    step: int
    state: str = ""
    caused_by: str | None = None
    where: tuple[str, ...] = ()

    def line(self) -> str:
        """``rule-id: the app breaks a MUST: detail``."""
        implied = self.rule.level is Level.IMPLIED
        what = "what the text implies" if implied else f"a {self.rule.level.value.upper()}"
        return f"{self.rule.id}: the {self.party.value} breaks {what}: {self.detail}"


@dataclass(slots=True)
class Report:
    """The verdicts on one trace, or on many traces added up.

    findings: breaks, in the order of the trace. notes: breaks of advisory rules, which are no faults.
    exercised: the set of rules that were put to the test, as bits. cells: the cells of the state tables
    that were visited, as (machine, state, input).
    """

    trace: Trace
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    exercised: int = 0
    cells: set[tuple[str, str, str]] = field(default_factory=set)

    @property
    def broken(self) -> list[str]:
        """The ids of the broken rules, sorted."""
        return sorted({finding.rule.id for finding in self.findings})

    @property
    def held(self) -> list[str]:
        """The ids of the rules that were exercised and not broken, sorted."""
        broken = {finding.rule.id for finding in self.findings}
        return sorted(i for i, r in CATALOGUE.items() if r.bit & self.exercised and i not in broken)

    @property
    def not_exercised(self) -> list[str]:
        """The ids of the rules that nothing in the trace put to the test, sorted."""
        broken = {finding.rule.id for finding in self.findings}
        return sorted(i for i, r in CATALOGUE.items() if not r.bit & self.exercised and i not in broken)

    def raise_for_findings(self) -> None:
        """Raise BrokenRules if any rule is broken."""
        if self.findings:
            raise BrokenRules(self)


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


# Memos, which only ever grow by the number of shapes and states seen.
_APPLICABLE: dict[tuple[str, Edition], tuple[tuple[Check, ...], tuple[Check, ...]]] = {}
_SHAPES: dict[tuple[Any, ...], Seen] = {}
_ENDS: dict[tuple[str, Edition], tuple[EndCheck, ...]] = {}
_ROWS: dict[tuple[str, Any], int] = {}
_SHAPES_LIMIT = 20_000
_CLEAN: dict[Any, int] = {}  # scopes that break nothing, and the rules that they put to the test
_CLEAN_LIMIT = 20_000
Move: TypeAlias = "tuple[int, tuple[str, str, str], Any, Rule | None]"
_MOVES: dict[tuple[Any, Any, Edition], Move] = {}
_DRIVEN = 0


def _applicable(place: str, edition: Edition) -> tuple[tuple[Check, ...], tuple[Check, ...]]:
    """The checks for a place in an edition: those that depend on the shape alone, and the others."""
    found = _APPLICABLE.get((place, edition))
    if found is None:
        direction = place.split(" ", 1)[0]
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
    """What an input does in a state: the rules put to the test, the cell, the next state, what breaks."""
    moved, broken = step(machine.table, state, seen, edition)
    if broken is not None and not edition.has(broken.since):
        broken = None
    return _row(machine, state), (machine.name, state.name, seen.name), moved, broken


_MARSHAL = 2  # the newest form without back references: equal values give equal bytes


def _scope_key(place: str, scope: Event, edition: Edition) -> object:
    """What tells a scope from others as far as the checks see it; None where that cannot be told quickly.

    Bytes and other buffers look the same in it, so headers have to be tidy; nowhere else may either stand.
    """
    headers = scope.get("headers", ())
    if headers and not tidy(headers):
        return None
    try:
        client = scope.get("client")
        if client is None:
            return place, edition, marshal.dumps(scope, _MARSHAL)
        if not (type(client) in (list, tuple) and len(client) == 2):
            return None
        if type(client[0]) is not str or type(client[1]) is not int:
            return None
        # A client that is as it should be differs from call to call, and no check looks at which it is.
        return place, edition, type(client), marshal.dumps({**scope, "client": True}, _MARSHAL)
    except ValueError:  # something else than plain values
        return None


class Watch:
    """Judges one exchange as it goes. Call `scope`, then the other methods in the order of things.

    `index` of each method is the step's place in the trace, kept in the findings.
    """

    __slots__ = (
        "cells",
        "exchange",
        "exercised",
        "findings",
        "first",
        "protocol",
        "view",
    )

    def __init__(self, scope: Any, forced: Edition | None = None, exchange: int = 0, index: int = 0) -> None:
        kind = scope.get("type") if isinstance(scope, dict) else None
        self.protocol = PROTOCOLS.get(kind) if isinstance(kind, str) else None
        self.view = View(scope, self.protocol, announced(scope, forced))
        self.exchange = exchange
        self.findings: list[Finding] = []
        self.exercised = 0
        self.cells: set[tuple[str, str, str]] = set()
        self.first: dict[Party, str] = {}
        if isinstance(scope, dict):
            self._check_scope(f"scope {kind}" if isinstance(kind, str) else "scope ?", scope, index)
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
                for detail in check.function(view):
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

    def _check_scope(self, place: str, scope: Event, index: int) -> None:
        """As _check; what was judged clean once is not looked at again. The client differs each time."""
        known = _scope_key(place, scope, self.view.edition)
        bits = _CLEAN.get(known, 0) if known is not None else 0
        if bits:
            self.exercised |= bits
            return
        self._check(place, scope, Party.SERVER, index)
        if known is not None and not self.findings and len(_CLEAN) < _CLEAN_LIMIT:
            _CLEAN[known] = self.exercised

    def _check(self, place: str, event: Event, party: Party, index: int) -> None:
        view = self.view
        try:
            key = (place, view.edition, *event, *map(type, event.values()))
            known = _SHAPES.get(key)
        except TypeError:  # an unhashable type object cannot be, but a hostile key's hash may raise
            key, known = None, None
        if known is None:
            known = self._look_at_shape(place, event)
            if key is not None and len(_SHAPES) < _SHAPES_LIMIT:
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
            self.exercised |= check.rule.bit
            for detail in check.function(event, view):
                self._found(check.rule, party, detail, index)

    def _look_at_shape(self, place: str, event: Event) -> Seen:
        view = self.view
        by_shape, others = _applicable(place, view.edition)
        bits = headers_bits = 0
        found: list[tuple[Rule, str]] = []
        for check in by_shape:
            if check.key is None or check.key in event:
                bits |= check.rule.bit
                found.extend((check.rule, detail) for detail in check.function(event, view))
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
        row, cell, moved, broken = move
        self.exercised |= row
        self.cells.add(cell)
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
        fault = not rule.advisory and rule.level not in (Level.MAY, Level.SILENT)
        self.findings.append(Finding(rule, party, detail, self.exchange, index, state, cause, where))
        if fault:
            self.first.setdefault(party, rule.id)
            if party is Party.SERVER:
                self.view.clean = False
            else:
                self.view.fair = False


def is_fault(finding: Finding) -> bool:
    """Whether a finding counts: advisory rules and levels below implied are only worth a note."""
    return not finding.rule.advisory and finding.rule.level not in (Level.MAY, Level.SILENT)


def judge(trace: Trace, edition: str | Edition | None = None) -> Report:
    """Judge a whole trace.

    edition: the text to judge by, as ``2.3`` or ``2.3 (2023-05)``; by default the spec_version that
    each scope announces. Returns the Report; raises ValueError for an edition that does not exist.
    """
    forced = edition if isinstance(edition, Edition) else None
    if isinstance(edition, str):
        forced = read_edition(edition)
    watches: dict[int, Watch] = {}
    for index, one in enumerate(trace.steps):
        watch = watches.get(one.exchange)
        if one.kind == t.SCOPE:
            watches[one.exchange] = Watch(one.data, forced, one.exchange, index)
        elif watch is not None:
            _feed(watch, one, index)
    report = Report(trace)
    found: list[Finding] = []
    for watch in watches.values():
        found.extend(watch.findings)
        report.exercised |= watch.exercised
        report.cells |= watch.cells
    found.sort(key=lambda finding: finding.step)
    report.findings = [finding for finding in found if is_fault(finding)]
    report.notes = [finding for finding in found if not is_fault(finding)]
    return report


def _feed(watch: Watch, one: Step, index: int) -> None:
    kind = one.kind
    if kind == t.RECEIVE:
        watch.receive(one.data, index)
    elif kind == t.SEND:
        watch.send(one.data, index)
    elif kind == t.WAIT:
        watch.waited()
    elif kind == t.SENT:
        if one.data not in ("blocked", "resumed"):
            watch.failed(index)
    elif kind == t.LEFT:
        watch.left()
    elif kind == t.RETURN:
        watch.returned(one.data, index)
    elif kind == t.RAISE:
        watch.raised(one.data, index)
    elif kind == t.CANCEL:
        watch.cancelled()
    elif kind == t.FACT:
        watch.fact(one.data, index)


def each_exchange(trace: Trace) -> Iterator[tuple[int, Trace]]:
    """The trace of each exchange for itself, with its index."""
    for number in trace.exchanges():
        yield number, Trace([one for one in trace.steps if one.exchange == number])
