"""The data of a suite as text for a terminal, and as Markdown for the documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from asgisim.bench import growth, itself, middlewares, peers, stacks
from asgisim.bench.data import Data
from asgisim.bench.measuring import Ratio, Row, ratios


def text(data: Data) -> str:
    """A table for each group, and what it says of the aims."""
    lines = [legend(data)]
    for group, rows in grouped(data.rows).items():
        width = max(44, *(len(row.name) for row in rows))
        lines += ["", f"{group or 'in process':{width}} {'CPU us':>9}  times its floor"]
        shown = ratios(data.rows)
        for row in rows:
            lines.append(f"{row.name:{width}} {_cost(row):>9}  {shown.get(row.name) or _other(row)}".rstrip())
            if row.latency:
                lines.append(f"{'':4}{latency(row)}")
    lines += ["", *conclusions(data)]
    return "\n".join(lines).rstrip() + "\n"


def markdown(data: Data) -> str:
    """The same as tables of Markdown; of the growth what its curve says."""
    if data.suite == "growth":
        return "; ".join(growth.summary(data.rows)) + ".\n"
    shown = ratios(data.rows)
    lines = []
    for group, rows in grouped(data.rows).items():
        lines += [
            "",
            f"| {group or 'in process'} | CPU us, lowest | times its floor |",
            "| --- | --- | --- |",
        ]
        lines += [f"| {row.name} | {_cost(row)} | {shown.get(row.name) or _other(row)} |" for row in rows]
    return "\n".join(lines[1:]) + "\n"


def legend(data: Data) -> str:
    """Where the figures come from, in one line."""
    kept = data.machine
    rounds = f"{data.rounds} interleaved rounds" if data.suite != "growth" else "one campaign"
    return (
        f"asgisim {data.asgisim}, {rounds}; {kept.get('python')} on {kept.get('cpu')}"
        f" ({kept.get('cpus')} CPUs, load {kept.get('load')})"
    )


def aims(data: Data) -> str:
    """What was aimed at, as a table of Markdown."""
    lines = ["| what is aimed at | limit | here | holds |", "| --- | --- | --- | --- |"]
    lines += [f"| {one.says} | {one.limit} | {one.here} | {one.holds} |" for one in _aims(data)]
    return "\n".join(lines) + "\n"


def conclusions(data: Data) -> Iterator[str]:
    """What the rows say of what was aimed at."""
    if data.suite == "growth":
        yield from growth.summary(data.rows)
    for stack in stacks.STACKS if data.suite == "middlewares" else ():
        cost = middlewares.per_middleware(data.rows, stack)
        if cost is not None:
            yield f"one more with {stack.name}: {cost} us of CPU time"
    for one in _aims(data):
        yield f"{one.says}: {one.holds if one.here == NONE else f'{one.holds}, {one.here}, {one.limit}'}"


NONE = ""


class Told(NamedTuple):
    """An aim in words. here: the figure, NONE where it was not measured."""

    says: str
    limit: str
    here: str
    holds: str


def _aims(data: Data) -> Iterator[Told]:
    if data.suite == "self":
        found = [(aim, aim.figure(data.rows)) for aim in itself.AIMS]
        for aim, figure in found:
            yield _told(aim.says, aim.limit, figure, aim.least)
    for one in peers.AIMS if data.suite == "peers" else ():
        yield _told(one.says, one.limit, peers.attained(one, data.rows), False)


def _told(says: str, limit: float, figure: Ratio | None, least: bool) -> Told:
    bound = f"at {'least' if least else 'most'} {limit:,.3g}" if limit < 1000 else f"at least {limit:,.0f}"
    if figure is None:
        return Told(says, bound, NONE, "not measured")
    here = str(figure) if limit < 1000 else f"{figure.middle:,.0f} ({figure.low:,.0f} to {figure.high:,.0f})"
    reached = figure.middle >= limit if least else figure.middle <= limit
    unsure = figure.low <= limit <= figure.high
    return Told(says, bound, here, "yes" if reached else "not shown" if unsure else "NO")


def grouped(rows: list[Row]) -> dict[str, list[Row]]:
    """By group, in order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.group, []).append(row)
    return found


def latency(row: Row) -> str:
    """The percentiles over all rounds (the median of each) and the rate, of a case under load."""
    middle = [sorted(figures)[len(figures) // 2] for figures in zip(*row.latency, strict=True)]
    rate = 1e6 / sorted(row.wall)[len(row.wall) // 2]
    return f"{rate:,.0f} a second; 50 / 90 / 99 %: {' / '.join(f'{one:.2f}' for one in middle)} ms"


def _cost(row: Row) -> str:
    return f"{min(row.cpu):,.1f}" if row.cpu else ""


def _other(row: Row) -> str:
    return f"not installed: {row.missing}" if row.missing else "1"
