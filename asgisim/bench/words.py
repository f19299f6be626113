"""The data of a suite as text for a terminal, and as Markdown for the documents."""

from __future__ import annotations

from collections.abc import Iterator

from asgisim.bench import itself, peers
from asgisim.bench.data import Data
from asgisim.bench.measuring import Row, ratios


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
    """The same as tables of Markdown, without the conclusions."""
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
    return (
        f"asgisim {data.asgisim}, {data.rounds} interleaved rounds; {kept.get('python')} on {kept.get('cpu')}"
        f" ({kept.get('cpus')} CPUs, load {kept.get('load')})"
    )


def conclusions(data: Data) -> Iterator[str]:
    """What the rows say of what was aimed at."""
    if data.suite == "self":
        yield from itself.summary(data.rows)
    for aim in peers.AIMS if data.suite == "peers" else ():
        ratio = peers.attained(aim, data.rows)
        verdict = "not measured"
        if ratio is not None:
            verdict = f"{'yes' if ratio.middle <= aim.limit else 'NO'}, {ratio}, at most {aim.limit:.3g}"
        yield f"{aim.says}: {verdict}"


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
