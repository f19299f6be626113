"""Rounds: every case of a suite in turn, again and again, in an order of chance.

What is compared is CPU time, and only within one round: on a shared machine nothing else means anything. The
collector is off inside a block. Of each block the raw figure is kept, so that everything that is told can be
worked out again from old data.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from math import comb
from typing import Any


@dataclass(slots=True)
class Case:
    """One measured way: `run(n)` does it n times, or tells how many times it did it.

    floor: the name of the case that it is compared with; empty for a floor. n: times in one block. group: the
    part of the suite that it is told in. meter: CPU seconds of all that takes part, by default of this
    process. latencies: where `run` leaves the seconds of each answer, for cases under load. labels: what a
    chart orders by. Raises, in `run`, whatever shows that it did not do what it should.
    """

    name: str
    run: Callable[[int], int | None]
    n: int
    floor: str = ""
    group: str = ""
    close: Callable[[], None] = lambda: None
    meter: Callable[[], float] = time.process_time
    latencies: list[float] = field(default_factory=list)
    labels: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Row:
    """What was measured of a case, one figure a round, per time that it was done.

    cpu, wall: microseconds. latency: [50th, 90th, 99th percentile] in milliseconds, for cases under load.
    missing: what is not installed, where nothing could be measured.
    """

    name: str
    group: str = ""
    floor: str = ""
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    latency: list[list[float]] = field(default_factory=list)
    labels: dict[str, Any] = field(default_factory=dict)
    missing: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data; figures to four digits, which is more than they are worth."""
        data = asdict(self)
        for key in ("cpu", "wall"):
            data[key] = [float(f"{figure:.4g}") for figure in data[key]]
        data["latency"] = [[float(f"{figure:.4g}") for figure in three] for three in self.latency]
        return data


@dataclass(frozen=True, slots=True)
class Ratio:
    """A median over the rounds and, from low to high, where the true median lies with 95 % confidence."""

    middle: float
    low: float
    high: float

    def __str__(self) -> str:
        digits = 2 if self.high < 10 else 1 if self.high < 100 else 0
        return f"{self.middle:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


def median(figures: Iterable[float]) -> Ratio:
    """The median with its interval, which supposes no distribution: it lies between two of the figures.

    Of five figures or fewer none are sure enough, and the interval is all of them.
    """
    found = sorted(figures)
    count, below, cut = len(found), 0.0, 0
    while cut < count // 2:
        below += comb(count, cut) / 2**count
        if below > 0.025:
            break
        cut += 1
    cut = max(cut, 1)
    return Ratio(statistics.median(found), found[cut - 1], found[-cut])


def compare(one: list[float], floor: list[float]) -> Ratio:
    """One against another, round by round."""
    return median(mine / theirs for mine, theirs in zip(one, floor, strict=True))


def measure(
    cases: list[Case],
    rounds: int = 15,
    seed: int = 0,
    share: float = 1.0,
    told: Callable[[int], None] = lambda number: None,
) -> list[Row]:
    """Interleaved rounds of all cases, after one that warms up; one Row each. The cases are closed.

    rounds: 2 or more. share: of the times per block, for a shorter run. told: called after each round.
    """
    rows = {case.name: Row(case.name, case.group, case.floor, labels=case.labels) for case in cases}
    order = random.Random(seed)
    gc.collect()
    gc.freeze()  # or every block would begin with a walk through all that is loaded
    try:
        for number in range(rounds + 1):
            for case in order.sample(cases, len(cases)):
                block(case, max(2, int(case.n * share)), rows[case.name] if number else None)
            told(number)
    finally:
        gc.unfreeze()
        for case in cases:
            case.close()
    return list(rows.values())


def block(case: Case, n: int, row: Row | None) -> None:
    """One block; its figures go to the row, where there is one."""
    case.latencies.clear()
    gc.collect()
    gc.disable()
    began, wall = case.meter(), time.perf_counter()
    try:
        done = case.run(n) or n
    finally:
        wall = time.perf_counter() - wall
        gc.enable()
    cpu = case.meter() - began
    if row is not None:
        row.cpu.append(cpu / done * 1e6)
        row.wall.append(wall / done * 1e6)
        if case.latencies:
            row.latency.append(percentiles(case.latencies))


def percentiles(seconds: list[float]) -> list[float]:
    """The 50th, 90th and 99th, in milliseconds."""
    found = sorted(seconds)
    return [found[min(len(found) - 1, len(found) * part // 100)] * 1e3 for part in (50, 90, 99)]


def ratios(rows: list[Row]) -> dict[str, Ratio]:
    """Of each measured row that has a floor, its CPU time against the floor's."""
    costs = {row.name: row.cpu for row in rows}
    return {row.name: compare(row.cpu, costs[row.floor]) for row in rows if row.cpu and costs.get(row.floor)}
