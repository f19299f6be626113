"""Pasts that were judged before: what follows when an exchange that came so far sees one event more.

A Past is the whole of what an exchange has been as far as any check can see it, shared by all exchanges
for which it is the same. What comes next has a key (`asgisim.spec.keys`), and `after` names the Past that
it leads to, so that the second exchange of a kind is judged by looking up. Of the events nothing is kept.

Checks ask which events there were, which came first and which last, never how many: so pasts with the same
keys, in the same order of first and of last occurrence, and with the same verdicts, are one, and a stream
or a long conversation goes round in circles instead of making new ones.
"""

from __future__ import annotations

from typing import Any

from asgisim.judge.exact import Exact
from asgisim.judge.report import Finding
from asgisim.spec import keys
from asgisim.spec.rules import EventsCheck
from asgisim.spec.view import View

_KEYS_MAX = 32  # different keys in one exchange, beyond which it is judged by looking
Found = tuple[Any, ...]


class Past:
    """One past.

    found: the findings that its last step made, without their places in a trace. kept: what has to be looked
    at all the same, since it hangs on sizes. root: the past that is the scope alone. firsts, lasts: the keys
    in the order in which they came first, and last. era: when it was made; see Memory.
    """

    __slots__ = (
        "after",
        "cells",
        "era",
        "exercised",
        "first",
        "firsts",
        "found",
        "kept",
        "lasts",
        "root",
        "state",
    )

    def __init__(self, exact: Exact, found: Found, era: int) -> None:
        self.after: dict[Any, Past] = {}
        self.found = found
        self.kept: tuple[EventsCheck, ...] = exact.kept
        self.exercised = exact.exercised
        self.cells = frozenset(exact.cells)
        self.first = tuple(exact.first.items())
        self.state = _state(exact.view)
        self.root: Past | None = None
        self.firsts: tuple[Any, ...] = ()
        self.lasts: tuple[Any, ...] = ()
        self.era = era

    def put_back(self, exact: Exact) -> None:
        """Bring the judge of an exchange, whose events are in its view already, to where this past is."""
        exact.exercised = self.exercised
        exact.cells = set(self.cells)
        exact.first = dict(self.first)
        view = exact.view
        (
            view.receiving, view.sending, view.gone, view.told,
            view.clean, view.fair, view.ending, view.failed, *_,
        ) = self.state  # fmt: skip
        starts = (event for event in view.sent if event.get("type") == "http.response.start")
        view.start = next(starts, None)


def _state(view: View) -> tuple[Any, ...]:
    failed = min(view.failed, 2), len(view.sent) > view.first_failed
    lost = view.sent[view.first_failed - 1]["type"] if view.first_failed else ""
    return (
        view.receiving, view.sending, view.gone, view.told, view.clean, view.fair, view.ending, *failed, lost,
    )  # fmt: skip


class Memory:
    """All pasts and forms. When there are `limit` of them they are forgotten together: traffic that never
    repeats itself must not fill the memory, nor keep out what comes again and again."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self.era = 0
        self.scopes: dict[Any, keys.Form] = {}
        self.received: dict[Any, keys.Form] = {}
        self.sent: dict[Any, keys.Form] = {}
        self.roots: dict[Any, Past] = {}
        self._pasts: dict[Any, Past] = {}

    def forget(self) -> None:
        """Empty it; exchanges under way are judged by looking from here on."""
        for memo in (self.scopes, self.received, self.sent, self.roots, self._pasts):
            memo.clear()
        self.size = 0
        self.era += 1

    def key(self, event: Any, forms: dict[Any, keys.Form], table: keys.Table) -> Any:
        """The key of an event or scope; None if it has none."""
        if type(event) is not dict:
            return None
        try:
            shape = (event.get("type"), *event, *map(type, event.values()))
            form = forms.get(shape)
            if form is None:
                form = keys.form_of(event, table)
                if form is None or not self._has_room():
                    return None
                forms[shape] = form
            if form.read is None:
                return form
            read = form.read(event)
            return (form, read) if keys.small(read) else None
        except Exception:  # what is not as it should be, or hostile, has no key
            return None

    def begin(self, key: Any, exact: Exact) -> Past | None:
        """Remember where a scope leads; None if it cannot be remembered."""
        if key is None or not self._has_room():
            return None
        past = self.roots[key] = Past(exact, _found(exact.findings), self.era)
        past.root = past
        return past

    def follow(self, past: Past, key: Any, exact: Exact, new: list[Finding]) -> Past | None:
        """Remember where `key` leads from `past`; None if it cannot be remembered."""
        if key is None or past.era != self.era or len(past.firsts) > _KEYS_MAX or not self._has_room():
            return None
        after = Past(exact, _found(new), self.era)
        after.root = past.root
        after.firsts = past.firsts if key in past.firsts else (*past.firsts, key)
        after.lasts = (*(one for one in past.lasts if one != key), key)
        same = (
            after.root, after.firsts, after.lasts, after.state, after.exercised, after.cells, after.first,
            after.found, after.kept,
        )  # fmt: skip
        past.after[key] = after = self._pasts.setdefault(same, after)
        return after

    def _has_room(self) -> bool:
        if self.size >= self.limit:
            self.forget()
            return False
        self.size += 1
        return True


def _found(findings: list[Finding]) -> Found:
    return tuple((one.rule, one.party, one.detail, one.state, one.caused_by) for one in findings)


MEMORY = Memory(20_000)
