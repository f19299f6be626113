"""The data of the grid and its JSON, both ways."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from asgisim.grid.model import CATEGORIES, Cell, CellReport, GridReport, Outcome, ReportError, Status

SAMPLE = Path(__file__).with_name("sample.json")


def sample() -> Any:
    return json.loads(SAMPLE.read_text(encoding="utf-8"))


def test_a_report_is_the_same_after_json_both_ways() -> None:
    report = GridReport.from_json(sample())
    assert report.to_json() == sample()
    assert GridReport.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_the_sample_shows_every_status_and_state() -> None:
    report = GridReport.from_json(sample())
    told = {one.status for cell in report.cells for one in cell.outcomes}
    assert told == set(Status) - {Status.NOT_INSTALLED}
    assert {cell.state for cell in report.cells} == {"ran", "not-installed", "cannot-run", "died"}
    assert all(case.category in CATEGORIES and case.id.startswith(case.category) for case in report.cases)


def test_unknown_keys_of_later_versions_are_passed_over() -> None:
    data = sample()
    data["later"] = data["cells"][0]["later"] = data["cells"][0]["outcomes"][0]["later"] = 1
    assert GridReport.from_json(data) == GridReport.from_json(sample())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda data: data.update(kind="x"), "expected a report of asgisim grid"),
        (lambda data: data.update(format=99), "expected the format 1, but got 99"),
        (lambda data: data["cells"].append(3), r"report.cells\[9\]: expected an object, but got int"),
        (lambda data: data["cells"][0].pop("cell"), r"report.cells\[0\].cell: expected an object"),
        (
            lambda data: data["cells"][0]["outcomes"][0].update(status="?"),
            "status: expected one of pass, fail",
        ),
        (lambda data: data.update(cases=[3]), r"report.cases\[0\]: expected an object, but got int"),
    ],
)
def test_what_is_no_report_is_refused_with_its_place(change: Any, told: str) -> None:
    data = sample()
    change(data)
    with pytest.raises(ReportError, match=told):
        GridReport.from_json(data)


def test_a_cell_is_named_as_the_options_take_it() -> None:
    assert Cell("starlette", "uvicorn", "h11-wsproto", "uvloop").id == "starlette:uvicorn-h11-wsproto@uvloop"
    assert Cell("bare", "in-process").behind == "in-process@asyncio"


@pytest.mark.parametrize("status", Status)
def test_red_is_what_failed_or_passed_against_expectation(status: Status) -> None:
    report = CellReport(Cell("bare", "in-process"), outcomes=[Outcome("headers/x", status)])
    assert report.red == (status in (Status.FAIL, Status.XPASS))
    assert report.count("headers") == {status: 1}
    assert not report.count("upload")
    assert CellReport(Cell("bare", "daphne"), state="died").red
