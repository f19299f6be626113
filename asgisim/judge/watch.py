"""The verdict on one exchange as it goes: what was judged before is looked up, the rest is looked at."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

from asgisim.judge.cells import RULES, cells_of
from asgisim.judge.exact import Exact
from asgisim.judge.past import MEMORY, Found, Key, Past, Way
from asgisim.judge.report import Finding
from asgisim.model.trace import CANCEL, FACT, LEFT, RAISE, RECEIVE, RETURN, SCOPE, SEND, SENT, WAIT, snapshot
from asgisim.spec.editions import Edition
from asgisim.spec.rules import Event
from asgisim.spec.view import View

_ROOTS = MEMORY.roots
_RAISE_OF_APP = "raise of the app"


class Watch:
    """Judges one exchange as it goes: make it with the scope, then call its methods in the order of things.

    `index` of each method is the step's place in the trace, kept in the findings; by default its place in
    `steps`. forced: the edition to judge by, or None for what the scope announces. live: scope and events are
    in use and may change, so that copies are kept of them; without it they must not change any more.

    steps: what happened, as (kind, data): see `asgisim.model.trace`. findings: what is broken so far;
    who has told of it may empty the list. past: where looking up has led; None where things are looked at.
    bits: the rules that were put to the test, and the cells of the state tables that were visited.
    """

    __slots__ = (
        "_exact", "bits", "exchange", "findings", "first_failed", "forced", "live", "past", "scope", "sent",
        "steps",
    )  # fmt: skip

    def __init__(
        self, scope: Any, forced: Edition | None = None, exchange: int = 0, index: int = 0, live: bool = False
    ) -> None:
        self.forced = forced
        self.exchange = exchange
        self.live = live
        self.findings: list[Finding] = []
        self.sent: list[Event] = []
        self.first_failed: int | None = None  # how many sends had been made when one failed first
        self.past: Past | None = None
        self._exact: Exact | None = None
        if type(scope) is dict:
            try:
                fork = _ROOTS[(forced, scope["type"])]
                form = fork.form
                way = fork.ways.get(form.key(scope))
            except Exception:  # of another form, not seen before, not plain, or hostile
                pass
            else:
                if way is not None:
                    self.scope = form.copy(scope) if live else scope
                    self.steps: list[tuple[str, Any]] = [(SCOPE, self.scope)]
                    self.past, self.bits, found = way
                    if found:
                        self._tell(found, index)
                    return
        self.scope = snapshot(scope) if live else scope
        self.steps = [(SCOPE, self.scope)]
        self._begin(index)

    def receive(self, event: Any, index: int = -1) -> None:
        """The server gave this event to a receive call."""
        past = self.past
        if past is not None and type(event) is dict:
            try:
                fork = past.receive[event["type"]]
                form = fork.form
                way = fork.ways.get(form.key(event))
            except Exception:  # of another form, not seen before, not plain, or hostile
                pass
            else:
                if way is not None:
                    self.past, bits, found = way
                    self.bits |= bits
                    if found:
                        self._tell(found, index)
                    if self.live:
                        event = form.copy(event)
                    self.steps.append((RECEIVE, event))
                    return
        self._look_at(RECEIVE, event, Exact.receive, index)

    def send(self, event: Any, index: int = -1) -> None:
        """The app called send with this event."""
        past = self.past
        if past is not None and type(event) is dict:
            try:
                fork = past.send[event["type"]]
                form = fork.form
                way = fork.ways.get(form.key(event))
            except Exception:  # as in receive, which is the same but for the direction
                pass
            else:
                if way is not None:
                    self.past, bits, found = way
                    self.bits |= bits
                    if found:
                        self._tell(found, index)
                    if self.live:
                        event = form.copy(event)
                    self.steps.append((SEND, event))
                    self.sent.append(event)
                    return
        self._look_at(SEND, event, Exact.send, index)

    def returned(self, value: object, index: int = -1) -> None:
        """The call returned."""
        way = self.past.then.get(RETURN) if self.past is not None and value is None else None
        if way is not None:
            after, bits, found = way
            for kept in after.kept:
                if not kept(self.sent):
                    break
            else:
                self.past = after
                self.bits |= bits
                if found:
                    self._tell(found, index)
                self.steps.append((RETURN, value))
                return
        # What was kept or not hangs on more than any key holds, and so does a value.
        key = RETURN if value is None and way is None else None
        self._look(key, (RETURN, value), Exact.returned, value, self._place(index))

    def waited(self, data: None = None, index: int = -1) -> None:
        """The app called receive and nothing came yet: the server could have given what it must not."""
        self._simply((WAIT, None), Exact.waited)

    def failed(self, index: int = -1, error: str = "") -> None:
        """That send raised the server's own error, since the client has gone."""
        if self.first_failed is None:
            self.first_failed = len(self.sent)
        self._simply((SENT, error), Exact.failed, self._place(index))

    def left(self, how: Any = "lost", index: int = -1) -> None:
        """The client went away, or the server lost or closed the connection."""
        self._simply((LEFT, how), Exact.left)

    def cancelled(self, why: str = "", index: int = -1) -> None:
        """The server cancelled the call: from here on nothing is owed by the app."""
        self._simply((CANCEL, why), Exact.cancelled)

    def raised(self, data: dict[str, Any], index: int = -1) -> None:
        """The call raised; data as in a RAISE step."""
        # What an error of the app's own says is looked at only where it is told, and what was told is not
        # remembered; of the server's errors nothing is looked at.
        name = RAISE if data.get("own") else _RAISE_OF_APP
        way = self.past.then.get(name) if self.past is not None else None
        if way is not None and all(kept(self.sent) for kept in way[0].kept):
            self._go(way, index)
            self.steps.append((RAISE, data))
            return
        self._look(name if way is None else None, (RAISE, data), Exact.raised, data, self._place(index))

    def stopped(self, index: int = -1) -> None:
        """The driver gave the call up; why stands in a fact of its own."""
        self._look(None, None, Exact.stopped, self._place(index))

    def fact(self, data: dict[str, Any], index: int = -1) -> None:
        """The driver saw something that breaks one of the robust rules."""
        self._look(None, (FACT, data), Exact.fact, data, self._place(index))

    # What is known so far

    @property
    def exercised(self) -> int:
        """The rules that were put to the test, as bits."""
        return self.bits & RULES

    @property
    def cells(self) -> Set[tuple[str, str, str]]:
        """The cells of the state tables that were visited, as (machine, state, input)."""
        return cells_of(self.bits)

    @property
    def view(self) -> View:
        """What the checks see, to be read only."""
        return self._awake(self.past).view

    # Looking

    def _begin(self, index: int) -> None:
        self.bits = 0
        key = MEMORY.key("scope", self.scope, self.forced)
        way = MEMORY.known(None, key)
        if way is not None:
            self._go(way, index)
            return
        exact = self._looking()
        exact.scope(self.scope, index)
        self.bits = exact.exercised
        if key is not None:
            self.past = MEMORY.begin(key, exact)

    def _look_at(self, place: str, event: Any, judge: Callable[..., None], index: int) -> None:
        """An event that is not what was most likely."""
        event = snapshot(event) if self.live else event
        key = way = None
        if self.past is not None:
            key = MEMORY.key(place, event)
            way = MEMORY.known(self.past, key)
        if way is None:
            self._look(key, (place, event), judge, event, self._place(index))
            return
        self._go(way, index)
        self.steps.append((place, event))
        if place == SEND:
            self.sent.append(event)

    def _look(
        self, key: Key | str | None, step: tuple[str, Any] | None, judge: Callable[..., None], *what: Any
    ) -> None:
        """Judge the next step by looking at it, and remember where its key led."""
        past, self.past = self.past, None
        exact = self._awake(past)
        exact.by_value, exact.exercised = False, 0
        before = len(self.findings)
        judge(exact, *what)
        self.bits |= exact.exercised
        if step is not None:
            self.steps.append(step)
        if past is not None and key is not None and not exact.by_value:
            self.past = MEMORY.follow(past, key, exact, self.findings[before:])

    def _simply(self, step: tuple[str, Any], judge: Callable[..., None], *index: int) -> None:
        """A step of which nothing but its kind matters."""
        way = self.past.then.get(step[0]) if self.past is not None else None
        if way is None:
            self._look(step[0], step, judge, *index)
            return
        self._go(way, *index)
        self.steps.append(step)

    def _go(self, way: Way, index: int = -1) -> None:
        """What this led to before it leads to now."""
        self.past, bits, found = way
        self.bits |= bits
        if found:
            self._tell(found, index)

    def _looking(self) -> Exact:
        if self._exact is None:
            self._exact = Exact(self.scope, self.forced, self.exchange)
            self._exact.findings = self.findings
            self._exact.view.sent = self.sent
        return self._exact

    def _awake(self, past: Past | None) -> Exact:
        """The judge that looks, brought to where `past` is; None if it is there already."""
        exact = self._looking()
        if past is not None:
            given = (data for kind, data in self.steps if kind == RECEIVE)
            exact.view.received = [event for event in given if isinstance(event, dict)]
            exact.view.first_failed = self.first_failed or 0
            past.put_back(exact)
        return exact

    def _place(self, index: int) -> int:
        return index if index >= 0 else len(self.steps)

    def _tell(self, found: tuple[Found, ...], index: int) -> None:
        at = self._place(index)
        for rule, party, detail, state, cause in found:
            self.findings.append(Finding(rule, party, detail, self.exchange, at, state, cause))
