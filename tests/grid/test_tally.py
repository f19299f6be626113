"""What the reports tell in numbers."""

from __future__ import annotations

from collections import Counter

import pytest

from asgisim.grid import tally
from asgisim.grid.model import Cell, CellReport, Status
from asgisim.grid.tally import Tally
from tests.report.grid.samples import sample


@pytest.mark.parametrize(
    ("counts", "died", "words", "shade"),
    [
        ({Status.PASS: 3}, False, "3/3", "good"),
        ({Status.PASS: 3, Status.SKIP: 2}, False, "3/3", "good"),
        ({Status.PASS: 3, Status.XFAIL: 1}, False, "3/4", "warn"),
        ({Status.PASS: 3, Status.FLAKY: 1}, False, "3/4", "warn"),
        ({Status.PASS: 3, Status.CANNOT_RUN: 1}, False, "3/4", "warn"),
        ({Status.PASS: 3, Status.FAIL: 1}, False, "3/4", "bad"),
        ({Status.PASS: 3, Status.XPASS: 1}, False, "3/4", "bad"),
        ({Status.PASS: 3}, True, "3/3", "bad"),
        ({Status.SKIP: 3}, False, "-", "off"),
        ({}, False, "-", "off"),
    ],
)
def test_a_skip_is_no_failure_and_no_pass(
    counts: dict[Status, int], died: bool, words: str, shade: str
) -> None:
    found = Tally(Counter(counts), died)
    assert (found.words, found.shade) == (words, shade)


def test_a_cell_without_outcomes_says_why() -> None:
    report = sample()
    assert tally.brief(report.at("sanic", "daphne@asyncio")) == "cannot run"
    assert tally.brief(report.at("sanic", "in-process@asyncio")) == "not installed"
    assert tally.brief(report.at("django", "daphne@asyncio")) == "7/10"  # it died, but not at once
    assert tally.brief(None) == ""


def test_the_same_failure_is_told_once() -> None:
    report = sample()
    report.cells.append(CellReport(Cell("quart", "uvicorn"), outcomes=report.cells[1].outcomes))
    found = {one.case.id: [cell.cell.framework for cell in one.cells] for one in tally.failures(report)}
    assert found == {
        "http-scope/path-decoded": ["django"],
        "websocket/close-code": ["django"],
        "rules/app-http": ["starlette", "quart"],
    }
    assert [one.case.id for one in tally.failures(report, [Status.FLAKY])] == ["streaming/first-part-early"]


def test_the_command_for_one_case_names_that_case_alone() -> None:
    cell = CellReport(Cell("bare", "uvicorn"), rerun="asgisim grid --case 'a/*' --framework bare --case b")
    assert tally.again(cell, "c/d") == "asgisim grid --framework bare --case c/d"
    assert tally.again(CellReport(Cell("bare", "uvicorn")), "c/d") == ""
