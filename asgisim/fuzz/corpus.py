"""The pool of scenarios that reached something new, and what counts as new."""

from __future__ import annotations

import random
from collections.abc import Iterator, Set
from itertools import islice

from asgisim.fuzz.mutate import mutate
from asgisim.judge import Report
from asgisim.model import trace as t
from asgisim.model.scenario import Scenario
from asgisim.model.trace import Trace

FRESH = 0.2  # of the search is drawn anew rather than mutated
POOL = 2000  # entries; in a long search new ones take the place of old ones
SEEN = (
    30_000  # things that were new once, kept so that they are new no more; beyond, the oldest are forgotten
)
STEPS = 40  # of all scripts of an entry together: what is longer costs more than it brings


def features(trace: Trace, report: Report) -> Iterator[object]:
    """What a run reached beside its cells and rules: kinds of behaviour."""
    for one in trace.steps:
        if one.kind == t.SEND:
            event = one.data
            if isinstance(event, dict):
                yield (event.get("type"), event.get("status"), event.get("more_body"))
        elif one.kind == t.RAISE:
            yield ("raise", one.data.get("type"))


class Corpus:
    """Keeps what brought something new; newer entries are mutated more often.

    guided: the branches that the app takes are known. Then a rule is new once; without them each combination
    of rules is, which finds more then and would hide the branches' signal here (docs/explanation/search.md).
    """

    def __init__(self, rnd: random.Random, guided: bool = False) -> None:
        self.rnd = rnd
        self.guided = guided
        self.pool: list[Scenario] = []
        self.cells: set[object] = set()
        self.seen: dict[object, None] = {}  # in the order in which they came
        self.rules = 0  # as bits
        self.branches: set[int] = set()

    def add(self, one: Scenario, trace: Trace, report: Report, branches: Set[int] = frozenset()) -> bool:
        """Look at a run; returns whether it brought anything new. branches: those of the app that it took."""
        fresh = not report.cells <= self.cells
        if fresh:
            self.cells |= report.cells
        if self.guided:
            if not branches <= self.branches or report.exercised & ~self.rules:
                self.branches |= branches
                self.rules |= report.exercised
                fresh = True
        elif self._new(report.exercised):
            fresh = True
        for feature in features(trace, report):
            try:
                if self._new(feature):
                    fresh = True
            except TypeError:  # an app may put anything into an event, hashable or not
                continue
        if fresh:
            self._keep(one)
        return fresh

    def _new(self, what: object) -> bool:
        """Whether it has not been seen. Raises TypeError for what has no hash."""
        if what in self.seen:
            return False
        if len(self.seen) >= SEEN:
            for old in list(islice(self.seen, SEEN // 10)):
                del self.seen[old]
        self.seen[what] = None
        return True

    def _keep(self, one: Scenario) -> None:
        if sum(len(exchange.script) for exchange in one.exchanges) > STEPS:
            return
        if len(self.pool) == POOL:
            del self.pool[int(self.rnd.random() * POOL)]
        self.pool.append(one)

    def samples(self, count: int) -> list[Scenario]:
        """The newest entries, at most `count`."""
        return self.pool[-count:]

    def next_mutation(self) -> Scenario | None:
        """A mutation of an entry, or None where a fresh scenario should be drawn."""
        pool, rnd = self.pool, self.rnd
        if not pool or rnd.random() < FRESH:
            return None
        size = len(pool)
        parent = pool[size - 1 - min(int(rnd.expovariate(4 / max(12, size))), size - 1)]
        return mutate(rnd, parent, pool[int(rnd.random() * size)])
