"""The grid as JUnit XML: a suite for each cell, a test case for each contract case."""

from __future__ import annotations

import asgisim.grid.tally as tally
from asgisim.grid.model import CellReport, GridReport, Outcome, Status
from asgisim.report.junit import Case, Suite, document

_OUTCOMES = {
    Status.FAIL: "failure",
    Status.XPASS: "failure",
    Status.CANNOT_RUN: "skipped",
    Status.SKIP: "skipped",
    Status.XFAIL: "skipped",
    Status.NOT_INSTALLED: "skipped",
}  # the others passed, if only in the end


def text(report: GridReport) -> str:
    """The document: failures and errors are what makes the exit status 1, a server that died among them."""
    return document([_suite(report, cell) for cell in report.cells])


def _suite(report: GridReport, cell: CellReport) -> Suite:
    sentences = {case.id: case.sentence for case in report.cases}
    cases = [_case(cell, one, sentences.get(one.case, "")) for one in cell.outcomes]
    if cell.state == "died":
        cases.append(Case("cell", "error", cell.reason, f"{cell.reason}\n\n{cell.rerun}\n", cell.state))
    elif cell.state != "ran":
        cases.append(Case("cell", "skipped", cell.reason or tally.STATES[cell.state]))
    told = {"platform": cell.platform, "seed": str(cell.seed), **cell.versions}
    flaky = [f"flaky: {one.case}: {one.message}" for one in cell.outcomes if one.status is Status.FLAKY]
    return Suite(
        f"asgisim grid {cell.cell.id}", cell.cell.id, cases, cell.seconds, told, None, "\n".join(flaky)
    )


def _case(cell: CellReport, outcome: Outcome, sentence: str) -> Case:
    kind = _OUTCOMES.get(outcome.status, "passed")
    if kind == "passed":
        return Case(outcome.case, seconds=outcome.seconds)
    message = f"{outcome.status.value}: {outcome.message}"
    lines = [sentence, outcome.message, ""]
    lines += [f"{one.at:8.3f}  {one.side:<6}  {one.what}" for one in outcome.timeline]
    lines += ["", tally.again(cell, outcome.case), ""]
    return Case(outcome.case, kind, message, "\n".join(lines), outcome.status.value, outcome.seconds)
