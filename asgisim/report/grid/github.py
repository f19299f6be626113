"""The grid as annotations of GitHub Actions: one for each failure, however many cells it is in."""

from __future__ import annotations

from collections.abc import Iterable

import asgisim.grid.tally as tally
from asgisim.grid.compare import Comparison
from asgisim.grid.model import GridReport, Status
from asgisim.report.github import command, quiet
from asgisim.report.grid import changes
from asgisim.report.grid import text as text_report


def text(report: GridReport, against: changes.Against | None = None) -> str:
    """One command a line, then the table as plain text. With an earlier report errors are what got worse."""
    made = _worse(against[0]) if against else _commands(report)
    return "".join(f"{line}\n" for line in made) + quiet(text_report.text(report, against=against))


def _worse(found: Comparison) -> Iterable[str]:
    for one in found.worse:
        title = f"{one.case or 'cell'}: {one.after} in {one.cell.cell.id}"
        again = tally.again(one.cell, one.case) if one.case else one.cell.rerun
        yield command("error", title, f"{changes.line(one)}\n{again}")


def _commands(report: GridReport) -> Iterable[str]:
    for cell in tally.troubles(report):
        kind = "error" if cell.state == "died" else "warning"
        yield command(kind, f"{cell.cell.id}: {tally.STATES[cell.state]}", f"{cell.reason}\n{cell.rerun}")
    for one in tally.failures(report):
        title = f"{one.case.id}: {one.status.value} in {', '.join(cell.cell.id for cell in one.cells[:3])}"
        yield command("error", title, text_report.failure(one))
    for one in tally.failures(report, [Status.FLAKY]):
        yield command("warning", f"{one.case.id}: flaky", text_report.failure(one))
