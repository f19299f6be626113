"""The pool of scenarios that reached something new, and what counts as new."""

from __future__ import annotations

import random

from asgisim import trace as t
from asgisim.fuzz.mutate import mutate
from asgisim.judge import Report
from asgisim.scenario import Scenario
from asgisim.trace import Trace

FRESH = 0.2  # of the search is drawn anew rather than mutated


def features(trace: Trace, report: Report, branches: frozenset[int] = frozenset()) -> set[object]:
    """What a run reached: cells, rules put to the test, kinds of behaviour, known branches of the app."""
    found: set[object] = set(report.cells)
    found.add(report.exercised)
    found.update(branches)
    for one in trace:
        if one.kind == t.SEND and isinstance(one.data, dict):
            found.add((one.data.get("type"), one.data.get("status"), one.data.get("more_body")))
        elif one.kind == t.RAISE:
            found.add(("raise", one.data.get("type")))
    return found


class Corpus:
    """Keeps what brought something new; newer entries are mutated more often."""

    def __init__(self, rnd: random.Random) -> None:
        self.rnd = rnd
        self.pool: list[Scenario] = []
        self.seen: set[object] = set()

    def add(
        self, one: Scenario, trace: Trace, report: Report, branches: frozenset[int] = frozenset()
    ) -> bool:
        """Look at a run; returns whether it brought anything new."""
        fresh = False
        for feature in features(trace, report, branches):
            try:
                new = feature not in self.seen
            except TypeError:  # an app may put anything into an event, hashable or not
                continue
            if new:
                self.seen.add(feature)
                fresh = True
        if fresh:
            self.pool.append(one)
        return fresh

    def samples(self, count: int) -> list[Scenario]:
        """The newest entries, at most `count`."""
        return self.pool[-count:]

    def next_mutation(self) -> Scenario | None:
        """A mutation of an entry, or None where a fresh scenario should be drawn."""
        if not self.pool or self.rnd.random() < FRESH:
            return None
        last = len(self.pool) - 1
        parent = self.pool[last - min(int(self.rnd.expovariate(4 / max(12, len(self.pool)))), last)]
        return mutate(self.rnd, parent, self.rnd.choice(self.pool))
