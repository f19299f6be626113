"""The charts: of the middleware suite a small SVG for each framework, one line a style, all on one scale.

Written by hand and not by a library: it is a page of lines and text, it must be the same from the same data,
it stands in the documents and can stand in an HTML report, and it needs nothing installed. Colours are told
once, in a style sheet with a dark form.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape

from asgisim.bench import growth
from asgisim.bench.data import Data
from asgisim.bench.measuring import Row, median
from asgisim.bench.style import STYLE

CELL, GAP, LEFT, TOP = (230, 150), (34, 56), 56, 64
COLUMNS = 4
DECADES = (-1, 0, 1, 2, 3)  # from a single empty function call to a stack of slow ones


def svg(data: Data) -> str:
    """The chart. Raises ValueError for data of a suite without one, or with nothing measured."""
    if data.suite == "growth":
        return growth.svg(data.rows, "Memory that one campaign holds, by its examples", _origin(data))
    rows = [row for row in data.rows if row.cpu and {"framework", "style", "count"} <= set(row.labels)]
    if not rows:
        raise ValueError("expected data of asgisim bench --middlewares with something measured")
    frameworks: dict[str, list[Row]] = {}
    for row in rows:
        frameworks.setdefault(row.labels["framework"], []).append(row)
    counts = sorted({int(row.labels["count"]) for row in rows})
    lines = -(-len(frameworks) // COLUMNS)
    width = LEFT + COLUMNS * (CELL[0] + GAP[0])
    height = TOP + lines * (CELL[1] + GAP[1]) + 40
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img">',
        f"<title>{escape(_title(data))}</title>",
        f"<style>{STYLE}</style>",
        f'<text class="title" x="{LEFT}" y="24">{escape(_title(data))}</text>',
        *_key(sorted({row.labels["style"] for row in rows})),
    ]
    for number, (name, its) in enumerate(frameworks.items()):
        x = LEFT + number % COLUMNS * (CELL[0] + GAP[0])
        y = TOP + number // COLUMNS * (CELL[1] + GAP[1])
        out.append(f'<g transform="translate({x} {y})">')
        out += _cell(f"{name} {data.versions.get(name, '')}".strip(), its, rows, counts, number)
        out.append("</g>")
    out.append(f'<text class="small" x="{LEFT}" y="{height - 14}">{escape(_legend(data))}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"


def _cell(name: str, its: list[Row], rows: list[Row], counts: list[int], number: int) -> Iterator[str]:
    wide, high = CELL
    last = max(counts) or 1
    yield f'<text class="name" x="0" y="-6">{escape(name)}</text>'
    for power in DECADES:
        at = _height(10.0**power)
        yield f'<line class="grid" x1="0" x2="{wide}" y1="{at:.1f}" y2="{at:.1f}"/>'
        if number % COLUMNS == 0:
            yield f'<text class="small" x="-6" y="{at + 4:.1f}" text-anchor="end">{10.0**power:g}</text>'
    yield f'<line class="axis" x1="0" x2="{wide}" y1="{high}" y2="{high}"/>'
    for count in counts:
        if count not in (1, 2):  # no room
            at = wide * count / last
            yield f'<text class="small" x="{at:.1f}" y="{high + 14}" text-anchor="middle">{count}</text>'
    for style in sorted({row.labels["style"] for row in its}):
        points = []
        for row in sorted((one for one in its if one.labels["style"] == style), key=_count):
            if not _count(row):
                continue  # nothing is added, which has no place on this scale
            x = wide * _count(row) / last
            middle, low, top = (_height(one) for one in _added(row, rows))
            points.append(f"{x:.1f},{middle:.1f}")
            yield f'<line class="range {style}" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{top:.1f}"/>'
        yield f'<polyline class="line {style}" points="{" ".join(points)}"/>'


def _added(row: Row, rows: list[Row]) -> tuple[float, float, float]:
    """What the middlewares add to the same stack without, in units of the bare app: middle, low, high."""
    cpu = {one.name: one.cpu for one in rows}
    own = cpu.get(row.floor, row.cpu)
    bare = next((one.cpu for one in rows if one.labels["framework"] == "bare" and _count(one) == 0), own)
    ratio = median((one - base) / unit for one, base, unit in zip(row.cpu, own, bare, strict=True))
    return ratio.middle, ratio.low, ratio.high


def _height(added: float) -> float:
    """Where it stands in a cell, from above; what is less than the scale shows lies on its foot."""
    least, most = DECADES[0], DECADES[-1]
    share = (math.log10(max(added, 10.0**least)) - least) / (most - least)
    return CELL[1] * (1 - min(1.0, share))


def _count(row: Row) -> int:
    return int(row.labels["count"])


def _key(styles: list[str]) -> Iterator[str]:
    for number, style in enumerate(styles):
        x = LEFT + number * 110
        yield f'<line class="line {style}" x1="{x}" x2="{x + 24}" y1="38" y2="38"/>'
        yield f'<text x="{x + 30}" y="42">{style}</text>'


def _title(data: Data) -> str:
    where = data.rows[0].group
    unit = "calls of the bare app" if where == "in process" else "requests of the bare app"
    return f"CPU time that 0 to 20 empty middlewares add, {where}, in {unit}"


def _legend(data: Data) -> str:
    rounds = f"medians of {data.rounds} interleaved rounds with 95 % intervals"
    return f"{_origin(data)}; {rounds}; one logarithmic scale for all"


def _origin(data: Data) -> str:
    kept = data.machine
    return f"{kept.get('python')} on {kept.get('cpu')}, {kept.get('cpus')} CPUs, load {kept.get('load')}"
