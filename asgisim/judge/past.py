"""Pasts that were judged before: what follows when an exchange that came so far sees one thing more.

A Past is the whole of what an exchange has been as far as any check can see it, shared by all exchanges
for which it is the same. It knows to which Past each next event led, so that the second exchange of a kind is
judged by looking up. Of the events themselves nothing is kept but their keys (`asgisim.spec.keys`).

Checks ask which events the app sent, which came first and which last, never how many; of what it received
only what the machines made of it, and whether there was anything. So pasts with the same keys sent, in the
same order of first and of last occurrence, and in the same states, are one, and a stream or a long
conversation goes round in circles instead of making new ones. Verdicts belong to the steps between them.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

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


class Fork:
    """What comes next, of one form: `ways` has the step for what the form reads.

    siblings: the forks for the same name, by form; itself among them.
    """

    __slots__ = ("form", "siblings", "ways")

    def __init__(self, form: keys.Form, siblings: dict[keys.Form, Fork]) -> None:
        self.form = form
        self.siblings = siblings
        self.ways: dict[Any, Way] = {}


# The forks that are most likely, by name: those of the form that was met last.
Forks: TypeAlias = dict[Any, Fork]
# A step: the past to which it leads, the rules and cells that it exercises as bits, what it breaks. No
# NamedTuple, since a plain one is unpacked in half the time.
Way: TypeAlias = "tuple[Past, int, tuple[Found, ...]]"
Found: TypeAlias = "tuple[Rule, Party, str, str, str | None]"  # a Finding without its place


class Past:
    """One past.

    receive, send, then: what may come next, by its type, or the step's name. kept: what has to be looked at
    all the same, since it hangs on sizes. start: the past in which nothing has come yet. firsts, lasts: the
    keys of what was sent, in the order in which they came first, and last. era: when it was made; see Memory.
    """

    __slots__ = (
        "era", "first", "firsts", "kept", "lasts", "receive", "send", "start", "state", "then",
    )  # fmt: skip

    def __init__(self, exact: Exact, era: int) -> None:
        self.receive: Forks = {}
        self.send: Forks = {}
        self.then: dict[str, Way] = {}
        self.kept: tuple[EventsCheck, ...] = exact.kept
        self.first = tuple(exact.first.items())
        self.state = _state(exact.view)
        self.start = self
        self.firsts: tuple[Any, ...] = ()
        self.lasts: tuple[Any, ...] = ()
        self.era = era

    def put_back(self, exact: Exact) -> None:
        """Bring the judge of an exchange, whose events are in its view already, to where this past is."""
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
        view.receiving, view.sending, view.gone, view.told, view.clean, view.fair, view.ending,
        *failed, lost, bool(view.received),
    )  # fmt: skip


class Memory:
    """All pasts. When there are `limit` of them they are forgotten together: traffic that never repeats
    itself must not fill the memory, nor keep out what comes again and again."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self.era = 0
        self.roots: Forks = {}
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

    def known(self, past: Past | None, key: Key | None) -> Way | None:
        """Where a key leads from a past, or from nowhere; None if that is not known."""
        if key is None:
            return None
        forks = _forks(self.roots, past, key)
        likely = forks.get(key.name)
        fork = likely.siblings.get(key.form) if likely is not None else None
        if fork is None:
            return None
        forks[key.name] = fork
        fork.form.meet()
        return fork.ways.get(key.read)

    def begin(self, key: Key, exact: Exact) -> Past | None:
        """Where a scope leads, which is remembered if its key says all of it; None if it cannot be.

        Scopes differ in much that no check of an event looks at: many begin at the same past.
        """
        if not keys.small(key.read):
            return None
        start = Past(exact, self.era)
        later, *rest = key.read
        same = (key.name, later, start.first, start.state)
        whole = bool(rest) and not exact.by_value
        if (whole or same not in self._starts) and not self._has_room():
            return None
        start = self._starts.setdefault(same, start)
        if whole:
            _lead(self.roots, key, _way(start, exact, exact.findings))
        return start

    def follow(self, past: Past, key: Key | str, exact: Exact, new: list[Finding]) -> Past | None:
        """Remember where `key` leads from `past`; None if it cannot be remembered."""
        if past.era != self.era or len(past.firsts) > _KEYS_MAX:
            return None
        if not (isinstance(key, str) or keys.small(key.read)) or not self._has_room():
            return None
        after = Past(exact, self.era)
        after.start, after.firsts, after.lasts = past.start, past.firsts, past.lasts
        if not isinstance(key, str) and key.place == "send":
            step = (key.form, key.read)
            after.firsts = past.firsts if step in past.firsts else (*past.firsts, step)
            after.lasts = (*(one for one in past.lasts if one != step), step)
        same = (after.start, after.firsts, after.lasts, after.state, after.first, after.kept)
        after = self._pasts.setdefault(same, after)
        way = _way(after, exact, new)
        if isinstance(key, str):
            past.then[key] = way
        else:
            _lead(_forks(self.roots, past, key), key, way)
        return after

    def _has_room(self) -> bool:
        if self.size >= self.limit:
            self.forget()
            return False
        self.size += 1
        return True


def _forks(roots: Forks, past: Past | None, key: Key) -> Forks:
    if past is None:
        return roots
    return past.receive if key.place == "receive" else past.send


def _way(to: Past, exact: Exact, new: list[Finding]) -> Way:
    found = tuple((one.rule, one.party, one.detail, one.state, one.caused_by) for one in new)
    return to, exact.exercised, found


def _lead(forks: Forks, key: Key, way: Way) -> None:
    siblings = forks[key.name].siblings if key.name in forks else {}
    if key.form not in siblings:
        siblings[key.form] = Fork(key.form, siblings)
    forks[key.name] = siblings[key.form]
    siblings[key.form].ways[key.read] = way


MEMORY = Memory(20_000)
