"""The grid on a terminal: a table of servers by frameworks, then what failed, once for all cells alike."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

import asgisim.grid.tally as tally
from asgisim.grid.model import CellReport, GridReport
from asgisim.report.grid import changes
from asgisim.report.style import visible

_STYLES = {"bad": "bold red", "warn": "yellow", "good": "green", "off": "dim"}
_MARKS = {"bad": " ✗", "warn": " ~", "good": "", "off": ""}
LEGEND = "passed/asked; ✗ something counts as broken, ~ something was expected, flaky or could not run"
CELLS_SHOWN = 3  # of a failure
TIMELINES_SHOWN = 5  # of a report; with more failures they are too long to be read


def text(
    report: GridReport,
    width: int = 100,
    colour: bool = False,
    verbose: bool = False,
    against: changes.Against | None = None,
) -> str:
    """Tables, failures, what changed, and the sum in the last line. verbose: every cell is named."""
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=colour, color_system="standard" if colour else None
    )
    for table in tables(report, width):
        console.print(table)
    console.print(Text(LEGEND, "dim"))
    blocks = [*_troubles(report, width), *_failures(report, width, verbose)]
    blocks += ["\n".join(_line(one, keep=True) for one in changes.text(*against))] if against else []
    for block in blocks:
        console.print()
        console.print(Text(block), soft_wrap=True)  # lines are cut already, and commands stay whole
    console.print()
    last = "\n".join(textwrap.wrap(summary(report), width))
    bad = against[0].red if against else report.red
    console.print(Text(last, "bold red" if bad else "bold green"))
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def tables(report: GridReport, width: int) -> list[Table]:
    """As many frameworks side by side as there is room for."""
    first = max([len(one) for one in report.behinds] + [len("server")]) + 2
    # A column is as wide as its widest cell, or the longest word of its heading.
    longest = [word for name in report.frameworks for word in _title(report, name).split()]
    each = max([9, *(len(word) for word in longest)]) + 3
    fitting = max(1, (width - first - 9) // each)
    names = report.frameworks
    parts = [names[at : at + fitting] for at in range(0, len(names), fitting)] or [[]]
    return [_table(report, part, part is parts[-1]) for part in parts]


def _table(report: GridReport, names: Sequence[str], last: bool) -> Table:
    made = Table(box=None, header_style="bold", pad_edge=False)
    made.add_column("server", no_wrap=True)
    for name in names:
        made.add_column(_title(report, name), justify="right", overflow="fold")
    if last:
        made.add_column("all", justify="right")
    for behind in report.behinds:
        row = [cell for cell in report.cells if cell.cell.behind == behind]
        shown = [_cell(report.at(name, behind)) for name in names]
        made.add_row(Text(visible(behind)), *shown, *([_sum(row)] if last else []))
    columns = [_sum([cell for cell in report.cells if cell.cell.framework == name]) for name in names]
    made.add_section()
    made.add_row(Text("all"), *columns, *([_sum(report.cells)] if last else []))
    return made


def _title(report: GridReport, name: str) -> str:
    return visible(report.titles.get(name, name))


def _cell(cell: CellReport | None) -> Text:
    shade = tally.shade(cell)
    return Text(tally.brief(cell) + _MARKS[shade], _STYLES[shade])


def _sum(cells: Iterable[CellReport]) -> Text:
    found = tally.tally(cells)
    return Text(found.words + _MARKS[found.shade], _STYLES[found.shade])


def _troubles(report: GridReport, width: int) -> Iterable[str]:
    for cell in tally.troubles(report):
        head = _line(f"{cell.cell.id}: {tally.STATES[cell.state]}: {cell.reason}")
        yield "\n".join(textwrap.wrap(head, width, subsequent_indent="  ", break_on_hyphens=False))


def _failures(report: GridReport, width: int, verbose: bool) -> Iterable[str]:
    found = tally.failures(report)
    long = len(found) > TIMELINES_SHOWN and not verbose
    for one in found:
        yield failure(one, width, verbose, not long)
    if long:
        yield f"{len(found)} failures (-v shows their timelines)."


def failure(one: tally.Failure, width: int = 100, verbose: bool = False, timeline: bool = True) -> str:
    """One failure as plain text: the case, what was seen, where, both sides' timeline, the command."""
    count = len(one.cells)
    lines = [f"{_line(one.case.id)}: {one.status.value} in {count} cell{'' if count == 1 else 's'}"]
    lines += _wrapped(one.case.sentence, width)
    lines += _wrapped(f"Here: {one.message}", width)
    shown = one.cells if verbose else one.cells[:CELLS_SHOWN]
    names = [cell.cell.id for cell in shown] + ([f"{count - len(shown)} more"] if count > len(shown) else [])
    lines += _wrapped(f"In: {', '.join(names)}", width)
    for moment in one.first.timeline if timeline else ():
        line = f"    {moment.at:8.3f}  {_line(moment.side):<6}  {_line(moment.what)}"
        lines.append(line if len(line) <= width else f"{line[: width - 3]}...")
    again = tally.again(one.cells[0], one.case.id)
    return "\n".join([*lines, *([f"  Again: {_line(again)}"] if again else [])])


def _line(words: str, keep: bool = False) -> str:
    """On one line. keep: with its indentation."""
    indent = words[: len(words) - len(words.lstrip(" "))] if keep else ""
    return indent + visible(" ".join(words.split()))


def _wrapped(words: str, width: int) -> list[str]:
    return textwrap.wrap(
        _line(words), width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )


def summary(report: GridReport) -> str:
    """The last line: cells, cases, what counts."""
    found = tally.tally(report.cells)
    ran = sum(bool(cell.outcomes) for cell in report.cells)
    told = f": {found.told}" if found.told else ""
    end = " Interrupted: this is what was found until then." if report.interrupted else ""
    return (
        f"asgisim grid: {found.words} passed in {ran} of {len(report.cells)} cells"
        f" in {report.seconds:.1f} s{told}.{end}"
    )
