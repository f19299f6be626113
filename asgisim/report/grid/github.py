"""The grid as annotations of GitHub Actions: one for each failure, however many cells it is in."""

from __future__ import annotations

from collections.abc import Iterable

import asgisim.grid.tally as tally
from asgisim.grid.model import GridReport, Status
from asgisim.report.github import command, quiet
from asgisim.report.grid import text as text_report


def text(report: GridReport) -> str:
    """One command a line, then the table as plain text."""
    lines = [f"{line}\n" for line in _commands(report)]
    return "".join(lines) + quiet(text_report.text(report))


def _commands(report: GridReport) -> Iterable[str]:
    for cell in tally.troubles(report):
        kind = "error" if cell.state == "died" else "warning"
        yield command(kind, f"{cell.cell.id}: {tally.STATES[cell.state]}", f"{cell.reason}\n{cell.rerun}")
    for one in tally.failures(report):
        title = f"{one.case.id}: {one.status.value} in {', '.join(cell.cell.id for cell in one.cells[:3])}"
        yield command("error", title, text_report.failure(one))
    for one in tally.failures(report, [Status.FLAKY]):
        yield command("warning", f"{one.case.id}: flaky", text_report.failure(one))
