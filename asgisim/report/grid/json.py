"""The report as a file: the model's own JSON, with the sums that readers of a small grid want."""

from __future__ import annotations

import json as _json
from typing import Any

import asgisim.grid.tally as tally
from asgisim.grid.model import GridReport
from asgisim.report.grid import changes


def data(report: GridReport, against: changes.Against | None = None) -> dict[str, Any]:
    """The model's data, and under ``summary`` each server's frameworks with a count for each category."""
    more = {"against": changes.data(*against)} if against else {}
    return {**report.to_json(), "summary": summary(report), **more}


def text(report: GridReport, against: changes.Against | None = None) -> str:
    """One JSON object, ended by a newline. ASCII only."""
    return _json.dumps(data(report, against), indent=1) + "\n"


def summary(report: GridReport) -> list[dict[str, Any]]:
    """In the order of the servers; only cells that have outcomes."""
    return [
        {
            "generated": report.date,
            "worker": behind,
            "frameworks": {
                cell.cell.framework: _framework(report, cell)
                for cell in report.cells
                if cell.cell.behind == behind and cell.outcomes
            },
        }
        for behind in report.behinds
    ]


def _framework(report: GridReport, cell: Any) -> dict[str, Any]:
    whole = tally.tally([cell])
    return {
        "name": report.titles.get(cell.cell.framework, cell.cell.framework),
        "categories": {
            category: {
                "passed": found.passed,
                "failed": found.red,
                "total": sum(found.counts.values()),
                **{status.value: number for status, number in found.counts.items()},
            }
            for category in tally.categories(report)
            if (found := tally.tally([cell], category)).counts
        },
        "total_passed": whole.passed,
        "total_tests": sum(whole.counts.values()),
    }
