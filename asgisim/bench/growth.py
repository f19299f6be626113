"""Whether a long campaign needs more and more memory: ``asgisim bench --growth``.

One campaign against the reference app, in process. A round is 10,000 examples of it; of each the memory that
the process holds is kept, and what an example cost.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from html import escape

from asgisim.bench.measuring import Row
from asgisim.bench.style import STYLE
from asgisim.fuzz.campaign import fuzz
from asgisim.fuzz.findings import Campaign
from asgisim.fuzz.settings import Settings
from asgisim.reference.app import PATHS, app
from asgisim.space import Route

EVERY = 10_000
EXAMPLES = 1_000_000
NAME = "reference app, in process, asyncio"
LEFT, TOP, WIDE, HIGH = 70, 48, 640, 240  # pixels of the curve

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


def summary(rows: list[Row]) -> list[str]:
    """What the curve says, in lines to print. Empty for rows of another suite."""
    lines = []
    for held, every in ((row.labels.get("resident"), row.labels.get("every")) for row in rows):
        if held and every:
            lines.append(
                f"{every * len(held):,} examples: {held[0]:.0f} MiB after the first {every:,},"
                f" {max(held):.0f} at most, {held[-1]:.0f} at the end"
            )
            lines.append(f"the second half added {held[-1] - held[(len(held) - 1) // 2]:+.1f} MiB")
    return lines


def svg(rows: list[Row], title: str, legend: str) -> str:
    """The curve. Raises ValueError where there is none."""
    row = next((row for row in rows if len(row.labels.get("resident") or ()) > 1), None)
    if row is None:
        raise ValueError("expected data of asgisim bench --growth with at least two rounds")
    held, every = row.labels["resident"], int(row.labels["every"])
    top = max(50, -(-int(max(held)) // 50) * 50)
    points = " ".join(
        f"{LEFT + WIDE * (number + 1) / len(held):.1f},{TOP + HIGH * (1 - one / top):.1f}"
        for number, one in enumerate(held)
    )
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDE + 40} {TOP + HIGH + 60}"'
        f' width="{LEFT + WIDE + 40}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        f'<text class="title" x="{LEFT}" y="24">{escape(title)}</text>',
    ]
    for mark in range(0, top + 1, 50):
        at = TOP + HIGH * (1 - mark / top)
        out.append(f'<line class="grid" x1="{LEFT}" x2="{LEFT + WIDE}" y1="{at:.1f}" y2="{at:.1f}"/>')
        out.append(f'<text class="small" x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{mark} MiB</text>')
    for part in range(5):
        x, count = LEFT + WIDE * part / 4, every * len(held) * part // 4
        out.append(
            f'<text class="small" x="{x:.0f}" y="{TOP + HIGH + 16}" text-anchor="middle">{count:,}</text>'
        )
    out.append(f'<polyline class="line asgi" points="{points}"/>')
    out.append(f'<text class="small" x="{LEFT}" y="{TOP + HIGH + 44}">{escape(legend)}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"
