"""Whether a long campaign needs more and more memory: ``asgisim bench --growth``.

One campaign against the reference app, in process. A round is 10,000 examples of it; of each the memory that
the process holds is kept, and what an example cost.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from asgisim.bench.measuring import Row
from asgisim.fuzz.campaign import Settings, fuzz
from asgisim.fuzz.findings import Campaign
from asgisim.reference.app import PATHS, app
from asgisim.space import Route

EVERY = 10_000
EXAMPLES = 1_000_000
NAME = "reference app, in process, asyncio"

_cpu, _wall = time.process_time, time.perf_counter  # taken before a simulator patches the module


def resident() -> float:
    """MiB of memory that this process holds now. Raises OSError where there is no /proc."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def measure(
    examples: int = EXAMPLES,
    seed: int = 0,
    every: int = EVERY,
    told: Callable[[int], None] = lambda number: None,
) -> Row:
    """One campaign of so many examples. labels of the Row: `every`, and `resident` in MiB after each round.

    told: called with the number of each round. Raises OSError where the system does not tell the memory, and
    AssertionError for a finding: then the campaign did something else than it should.
    """
    resident()
    row = Row(NAME, "growth", labels={"every": every, "resident": []})
    since = [_cpu(), _wall()]

    def look(result: Campaign) -> None:
        if result.examples < every * (len(row.cpu) + 1):
            return
        now = [_cpu(), _wall()]
        row.cpu.append((now[0] - since[0]) / every * 1e6)
        row.wall.append((now[1] - since[1]) / every * 1e6)
        row.labels["resident"].append(round(resident(), 1))
        since[:] = now
        told(len(row.cpu))

    routes = [Route("POST" if one == "http" else "GET", path, one) for one in PATHS for path in PATHS[one]]
    result = fuzz(app, Settings(routes, max_examples=examples, max_time=float("inf"), seed=seed), look)
    if result.findings:
        raise AssertionError(result.findings[0].finding.line())
    if result.interrupted:
        raise KeyboardInterrupt
    return row


def summary(row: Row) -> list[str]:
    """What the row says, in lines to print."""
    held, every = row.labels["resident"], row.labels["every"]
    half = len(held) // 2
    return [
        f"{every * len(held):,} examples: {held[0]:.0f} MiB after the first {every:,},"
        f" {max(held):.0f} at most, {held[-1]:.0f} at the end",
        f"the second half added {held[-1] - held[half]:+.1f} MiB",
    ]
