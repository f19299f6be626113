"""Pasts that were judged before: what follows when an exchange that came so far sees one thing more.

A Past is the whole of what an exchange has been as far as any check can see it, shared by all exchanges
for which it is the same. It knows to which Past each next event led, so that the second exchange of a kind is
judged by looking up. Of the events themselves nothing is kept but their keys (`asgisim.spec.keys`).

Checks ask which events there were, which came first and which last, never how many: so pasts with the same
keys, in the same order of first and of last occurrence, and with the same verdicts, are one, and a stream
or a long conversation goes round in circles instead of making new ones.
"""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from asgisim.judge.exact import Exact
from asgisim.judge.report import Finding
from asgisim.spec import keys
from asgisim.spec.rules import Event, EventsCheck, Party, Rule
from asgisim.spec.view import View

_KEYS_MAX = 32  # different keys in one exchange, beyond which it is judged by looking


class Key(NamedTuple):
    """What tells a scope or event from others.

    place: "scope", "receive" or "send". name: its type, for scopes with the edition that is forced. form: its
    fields and their types. read: what the form picks of its values.
    """

    place: str
    name: Any
    form: keys.Form
    read: Any


To = TypeVar("To")


class Fork(Generic[To]):
    """What comes next, of one form: `ways` leads from what the form reads to what comes of it.

    siblings: the forks for the same name, by form; itself among them.
    """

    __slots__ = ("form", "siblings", "ways")

    def __init__(self, form: keys.Form, siblings: dict[keys.Form, Fork[To]]) -> None:
        self.form = form
        self.siblings = siblings
        self.ways: dict[Any, To] = {}


class Past:
    """One past.

    receive, send, then: what may come next, by its type, or the step's name. found: the findings that the
    last step made, without their places in a trace. exercised: the rules that were put to the test since the
    scope. kept: what has to be looked at all the same, since it hangs on sizes. start: the past in which
    nothing has come yet. firsts, lasts: the keys in the order in which they came first, and last. era: when
    it was made; see Memory.
    """

    __slots__ = (
        "cells", "era", "exercised", "first", "firsts", "found", "kept", "lasts", "receive", "send", "start",
        "state", "then",
    )  # fmt: skip

    def __init__(self, exact: Exact, findings: list[Finding], era: int) -> None:
        self.receive: Forks[Past] = {}
        self.send: Forks[Past] = {}
        self.then: dict[str, Past] = {}
        self.found = _without_places(findings)
        self.kept: tuple[EventsCheck, ...] = exact.kept
        self.exercised = exact.exercised
        self.cells = frozenset(exact.cells)
        self.first = tuple(exact.first.items())
        self.state = _state(exact.view)
        self.start = self
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


class Root(NamedTuple):
    """What a scope leads to: what it breaks, which rules it puts to the test, where its exchange begins.

    Scopes differ in much that no check of an event looks at, so that many begin at the same past.
    """

    found: tuple[Found, ...]
    exercised: int
    past: Past


# The forks that are most likely, by name: those of the form that was met last.
Forks: TypeAlias = dict[Any, Fork[To]]
Found: TypeAlias = "tuple[Rule, Party, str, str, str | None]"  # a Finding without its place


def _without_places(findings: list[Finding]) -> tuple[Found, ...]:
    return tuple((one.rule, one.party, one.detail, one.state, one.caused_by) for one in findings)


class Memory:
    """All pasts. When there are `limit` of them they are forgotten together: traffic that never repeats
    itself must not fill the memory, nor keep out what comes again and again."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self.era = 0
        self.roots: Forks[Root] = {}
        self._forms: dict[tuple[Any, ...], keys.Form] = {}
        self._starts: dict[Any, Past] = {}
        self._pasts: dict[Any, Past] = {}

    def forget(self) -> None:
        """Empty it; exchanges under way are judged by looking from here on."""
        for memo in (self.roots, self._forms, self._starts, self._pasts):
            memo.clear()
        self.size = 0
        self.era += 1

    def key(self, place: str, event: Any, forced: object = None) -> Key | None:
        """The key of a scope or event; None if it has none. place: "scope", "receive" or "send"."""
        if type(event) is not dict:
            return None
        try:
            kind = event["type"]
            shape = (*event, *map(type, event.values()))
            form = self._forms.get((place, kind, shape)) or self._form(place, kind, shape, event)
            if form is None:
                return None
            read = form.read and form.read(event)
        except Exception:  # what is not as it should be, or hostile, has no key
            return None
        name = (forced, kind) if place == "scope" else kind
        return Key(place, name, form, read)

    def _form(self, place: str, kind: Any, shape: tuple[Any, ...], event: Event) -> keys.Form | None:
        form = keys.form_of(place, event)
        if form is None or not self._has_room():
            return None
        self._forms[(place, kind, shape)] = form
        return form

    def root(self, key: Key | None) -> Root | None:
        """Where a scope of this key leads; None if that is not known."""
        return _known(self.roots, key) if key is not None else None

    def known(self, past: Past, key: Key | None) -> Past | None:
        """Where a key leads from a past; None if that is not known."""
        return _known(_forks(past, key), key) if key is not None else None

    def begin(self, key: Key, exact: Exact, exercised: int) -> Past | None:
        """Remember where a scope leads; None if it cannot be remembered. exercised: by the scope itself."""
        if not keys.small(key.read) or not self._has_room():
            return None
        _, later = key.read
        same = (key.name, later, tuple(exact.first.items()), _state(exact.view))
        past = self._starts.setdefault(same, Past(exact, [], self.era))
        _lead(self.roots, key, Root(_without_places(exact.findings), exercised, past))
        return past

    def follow(self, past: Past, key: Key | str, exact: Exact, new: list[Finding]) -> Past | None:
        """Remember where `key` leads from `past`; None if it cannot be remembered."""
        if past.era != self.era or len(past.firsts) > _KEYS_MAX:
            return None
        if not (isinstance(key, str) or keys.small(key.read)) or not self._has_room():
            return None
        step = key if isinstance(key, str) else (key.form, key.read)
        after = Past(exact, new, self.era)
        after.start = past.start
        after.firsts = past.firsts if step in past.firsts else (*past.firsts, step)
        after.lasts = (*(one for one in past.lasts if one != step), step)
        same = (
            after.start, after.firsts, after.lasts, after.state, after.exercised, after.cells, after.first,
            after.found, after.kept,
        )  # fmt: skip
        after = self._pasts.setdefault(same, after)
        if isinstance(key, str):
            past.then[key] = after
        else:
            _lead(_forks(past, key), key, after)
        return after

    def _has_room(self) -> bool:
        if self.size >= self.limit:
            self.forget()
            return False
        self.size += 1
        return True


def _forks(past: Past, key: Key) -> Forks[Past]:
    return past.receive if key.place == "receive" else past.send


def _known(forks: Forks[To], key: Key) -> To | None:
    likely = forks.get(key.name)
    fork = likely.siblings.get(key.form) if likely is not None else None
    if fork is None:
        return None
    forks[key.name] = fork
    fork.form.meet()
    return fork.ways.get(key.read)


def _lead(forks: Forks[To], key: Key, to: To) -> None:
    siblings = forks[key.name].siblings if key.name in forks else {}
    if key.form not in siblings:
        siblings[key.form] = Fork(key.form, siblings)
    forks[key.name] = siblings[key.form]
    siblings[key.form].ways[key.read] = to


MEMORY = Memory(20_000)
