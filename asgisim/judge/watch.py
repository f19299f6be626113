"""The verdict on one exchange as it goes: what was judged before is looked up, the rest is looked at."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

from asgisim.judge.exact import Exact
from asgisim.judge.past import MEMORY, Past
from asgisim.judge.report import Finding
from asgisim.spec import keys
from asgisim.spec.editions import Edition
from asgisim.spec.rules import Event
from asgisim.spec.view import View
from asgisim.trace import snapshot

_SCOPES, _RECEIVED, _SENT, _ROOTS = MEMORY.scopes, MEMORY.received, MEMORY.sent, MEMORY.roots


class Watch:
    """Judges one exchange as it goes: make it with the scope, then call its methods in the order of things.

    `index` of each method is the step's place in the trace, kept in the findings. forced: the edition to
    judge by, or None for what the scope announces. live: scope and events are in use and may change, so that
    copies are kept of them; without it they must not change any more. findings: what is broken so far; who
    has told of it may empty the list.
    """

    __slots__ = (
        "_exact",
        "exchange",
        "findings",
        "first_failed",
        "forced",
        "live",
        "past",
        "received",
        "scope",
        "sent",
    )

    def __init__(
        self,
        scope: Any,
        forced: Edition | None = None,
        exchange: int = 0,
        index: int = 0,
        *,
        live: bool = False,
    ) -> None:
        self.scope = scope
        self.live = live
        self.forced = forced
        self.exchange = exchange
        self.findings: list[Finding] = []
        self.received: list[Event] = []
        self.sent: list[Event] = []
        self.past: Past | None = None
        self.first_failed: int | None = None  # how many sends had been made when one failed first
        self._exact: Exact | None = None
        if type(scope) is dict:
            try:
                form = _SCOPES[(scope["type"], *scope, *map(type, scope.values()))]
                self.past = past = _ROOTS[(form, form.read(scope), forced)]  # type: ignore[misc]
            except Exception:  # not seen before, not plain, or hostile: it has to be looked at
                pass
            else:
                if live:
                    self.scope = form.copy(scope)
                if past.found:
                    self._tell(past, index)
                return
        if live:
            self.scope = snapshot(scope)
        self._begin(index)

    def _begin(self, index: int) -> None:
        self.past = None
        exact = self._looking()
        exact.scope(self.scope, index)
        key = MEMORY.key(self.scope, _SCOPES, keys.SCOPES)
        if key is not None and not exact.by_value:
            self.past = MEMORY.begin((*key, self.forced), exact)

    def receive(self, event: Any, index: int = 0) -> Any:
        """The server gave this event to a receive call. Returns the event as it is kept."""
        past = self.past
        if past is not None and type(event) is dict:
            try:
                form = _RECEIVED[(event["type"], *event, *map(type, event.values()))]
                after = past.after[form if form.read is None else (form, form.read(event))]
            except Exception:  # not seen before, not plain, or hostile: it has to be looked at
                pass
            else:
                if self.live:
                    event = form.copy(event) if form.deep else event.copy()
                self.past = after
                self.received.append(event)
                if after.found:
                    self._tell(after, index)
                return event
        if self.live:
            event = snapshot(event)
        key = MEMORY.key(event, _RECEIVED, keys.RECEIVED) if past is not None else None
        self._look(key, Exact.receive, event, index)
        return event

    def send(self, event: Any, index: int = 0) -> Any:
        """The app called send with this event. Returns the event as it is kept."""
        past = self.past
        if past is not None and type(event) is dict:
            try:
                form = _SENT[(event["type"], *event, *map(type, event.values()))]
                after = past.after[form if form.read is None else (form, form.read(event))]
            except Exception:  # as above
                pass
            else:
                if self.live:
                    event = form.copy(event) if form.deep else event.copy()
                self.past = after
                self.sent.append(event)
                if after.found:
                    self._tell(after, index)
                return event
        if self.live:
            event = snapshot(event)
        key = MEMORY.key(event, _SENT, keys.SENT) if past is not None else None
        self._look(key, Exact.send, event, index)
        return event

    def returned(self, value: object, index: int = 0) -> None:
        """The call returned."""
        past = self.past
        after = past.after.get("returned") if past is not None and value is None else None
        if after is None:
            self._look("returned" if value is None else None, Exact.returned, value, index)
            return
        for kept in after.kept:
            if not kept(self.sent):
                self._look(None, Exact.returned, value, index)
                return
        self.past = after
        if after.found:
            self._tell(after, index)

    def waited(self) -> None:
        """The app called receive and nothing came yet: the server could have given what it must not."""
        self._go("waited", Exact.waited)

    def failed(self, index: int = 0) -> None:
        """That send raised the server's own error, since the client has gone."""
        if self.first_failed is None:
            self.first_failed = len(self.sent)
        self._go("failed", Exact.failed, index)

    def left(self) -> None:
        """The client went away, or the server lost or closed the connection."""
        self._go("left", Exact.left)

    def cancelled(self) -> None:
        """The server cancelled the call: from here on nothing is owed by the app."""
        self._go("cancelled", Exact.cancelled)

    def raised(self, data: dict[str, Any], index: int = 0) -> None:
        """The call raised; data as in a RAISE step."""
        self._look(None, Exact.raised, data, index)

    def stopped(self, index: int = 0) -> None:
        """The driver gave the call up; why stands in a fact of its own."""
        self._look(None, Exact.stopped, index)

    def fact(self, data: dict[str, Any], index: int = 0) -> None:
        """The driver saw something that breaks one of the robust rules."""
        self._look(None, Exact.fact, data, index)

    # What is known so far

    @property
    def exercised(self) -> int:
        """The rules that were put to the test, as bits."""
        return (self.past or self._looking()).exercised

    @property
    def cells(self) -> Set[tuple[str, str, str]]:
        """The cells of the state tables that were visited, as (machine, state, input)."""
        return (self.past or self._looking()).cells

    @property
    def view(self) -> View:
        """What the checks see, to be read only."""
        exact = self._looking()
        if self.past is not None:
            self._put_back(self.past, exact)
        return exact.view

    # Looking

    def _looking(self) -> Exact:
        if self._exact is None:
            exact = self._exact = Exact(self.scope, self.forced, self.exchange)
            exact.findings = self.findings
            exact.view.received, exact.view.sent = self.received, self.sent
        return self._exact

    def _put_back(self, past: Past, exact: Exact) -> None:
        past.put_back(exact)
        exact.view.first_failed = self.first_failed or 0

    def _look(self, key: Any, judge: Callable[..., None], *what: Any) -> None:
        """Judge the next step by looking at it, and remember where its key led."""
        past, self.past = self.past, None
        exact = self._looking()
        if past is not None:
            self._put_back(past, exact)
        exact.by_value, before = False, len(self.findings)
        judge(exact, *what)
        if past is not None and key is not None and not exact.by_value:
            self.past = MEMORY.follow(past, key, exact, self.findings[before:])

    def _go(self, key: str, judge: Callable[..., None], *index: int) -> None:
        after = self.past.after.get(key) if self.past is not None else None
        if after is None:
            self._look(key, judge, *index)
            return
        self.past = after
        if after.found:
            self._tell(after, *index)

    def _tell(self, past: Past, index: int) -> None:
        for rule, party, detail, state, cause in past.found:
            self.findings.append(Finding(rule, party, detail, self.exchange, index, state, cause))
