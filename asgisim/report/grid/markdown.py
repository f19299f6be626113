"""The grid as Markdown: servers by frameworks, for each server frameworks by categories, what failed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import asgisim.grid.tally as tally
from asgisim.grid.compare import Comparison
from asgisim.grid.model import CellReport, GridReport
from asgisim.report.grid import changes
from asgisim.report.grid import text as text_report
from asgisim.report.markdown import cell as _cell
from asgisim.report.markdown import fenced
from asgisim.report.web import text as web_text

LEGEND = (
    "A cell is passed/asked: skipped cases are not asked. **Bold**: something counts as broken. "
    "*Slanted*: something was expected to fail, was flaky or could not run."
)


def text(report: GridReport, against: changes.Against | None = None) -> str:
    """The whole page."""
    lines = ["# ASGI compatibility grid", "", *_setting(report), "", *_overview(report), "", LEGEND, ""]
    if report.interrupted:
        lines += ["Interrupted: this is what was found until then.", ""]
    lines += _changes(*against) if against else []
    for behind in report.behinds:
        lines += [*_server(report, behind), ""]
    lines += _troubles(report)
    lines += _failures(report)
    lines += [_cell(text_report.summary(report)), ""]
    return "\n".join(lines)


def _setting(report: GridReport) -> Iterable[str]:
    facts = {
        "Generated": report.date,
        "Platform": report.platform,
        "Seed": str(report.seed),
        "Command": report.command,
        "asgisim": report.asgisim,
        "Versions": ", ".join(
            f"{name} {' and '.join(numbers)}" for name, numbers in tally.versions(report).items()
        ),
    }
    for name, words in facts.items():
        if words:
            yield f"- {name}: {_cell(words)}"


def _overview(report: GridReport) -> Iterable[str]:
    head = ["Server", *(report.titles.get(name, name) for name in report.frameworks), "Total"]
    rows = []
    for behind in report.behinds:
        row = [cell for cell in report.cells if cell.cell.behind == behind]
        cells = [_marked(report.at(name, behind)) for name in report.frameworks]
        rows.append([_cell(behind), *cells, _sum(row)])
    columns = [_sum(c for c in report.cells if c.cell.framework == name) for name in report.frameworks]
    return _table(head, [*rows, ["Total", *columns, _sum(report.cells)]])


def _server(report: GridReport, behind: str) -> Iterable[str]:
    names = tally.categories(report)
    rows = []
    for cell in (one for one in report.cells if one.cell.behind == behind and one.outcomes):
        title = _cell(report.titles.get(cell.cell.framework, cell.cell.framework))
        rows.append([title, *(_marked(cell, name) for name in names), _marked(cell)])
    if not rows:
        return []
    return [f"## {_cell(behind)}", "", *_table(["Framework", *names.values(), "Total"], rows)]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], rest: str = " ---: |") -> list[str]:
    lines = [f"| {' | '.join(map(_cell, head))} |", f"| --- |{rest * (len(head) - 1)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]


def _marked(cell: CellReport | None, category: str | None = None) -> str:
    return _shaded(tally.brief(cell, category), tally.shade(cell, category))


def _sum(cells: Iterable[CellReport]) -> str:
    found = tally.tally(cells)
    return _shaded(found.words, found.shade)


def _shaded(words: str, shade: str) -> str:
    sign = {"bad": "**", "warn": "*"}.get(shade, "") if words else ""
    return f"{sign}{_cell(words)}{sign}"


def _changes(found: Comparison, against: str) -> list[str]:
    lines = ["## Since the earlier report", "", _cell(changes.told(found, against)), ""]
    if found.versions:
        lines += [f"Versions: {_cell(changes.versions(found))}", ""]
    for name, group in changes.groups(found):
        lines += [f"{changes.TITLES[name]}:", "", *(f"- {_cell(changes.line(one))}" for one in group), ""]
    return lines


def _troubles(report: GridReport) -> list[str]:
    rows = [
        [_cell(one.cell.id), tally.STATES[one.state], _cell(one.reason)] for one in tally.troubles(report)
    ]
    table = _table(["Cell", "State", "Why"], rows, " --- |")
    return ["## Cells with more to tell", "", *table, ""] if rows else []


def _failures(report: GridReport) -> list[str]:
    found = tally.failures(report)
    if not found:
        return []
    rows = [[_cell(one.case.id), one.status.value, _cell(one.message), str(len(one.cells))] for one in found]
    lines = ["## What failed", "", *_table(["Case", "Status", "What", "Cells"], rows, " --- |"), ""]
    for one in found:
        title = web_text(" ".join(f"{one.case.id}: {one.status.value} in {len(one.cells)}".split()))
        body = fenced(text_report.failure(one, verbose=True))
        lines += [f"<details><summary>{title}</summary>", "", *body, "", "</details>", ""]
    return lines
