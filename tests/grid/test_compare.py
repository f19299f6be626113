"""What got worse and better between two reports, and several reports in one table."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from asgisim.grid.compare import Change, compare, merge
from asgisim.grid.model import CellReport, GridReport, Outcome, Status
from tests.report.grid.samples import sample


def named(changes: list[Change]) -> list[tuple[str, str, str | None, str | None]]:
    """The parts that tests look at."""
    return [(one.cell.cell.id, one.case, one.before, one.after) for one in changes]


def changed(change: Callable[[CellReport], object], at: int = 1) -> tuple[GridReport, GridReport]:
    """The sample, and the sample with one cell changed."""
    after = sample()
    change(after.cells[at])
    return sample(), after


def test_a_report_is_no_worse_than_itself() -> None:
    found = compare(sample(), sample())
    assert (found.worse, found.better, found.other, found.missing, found.versions) == ([], [], [], [], {})
    assert not found.red


S = Status


@pytest.mark.parametrize(
    ("was", "now", "where"),
    [
        (S.PASS, S.FAIL, "worse"),
        (S.XFAIL, S.FAIL, "worse"),
        (S.FLAKY, S.FAIL, "worse"),
        (S.SKIP, S.FAIL, "worse"),
        (None, S.FAIL, "worse"),
        (S.PASS, S.CANNOT_RUN, "worse"),
        (S.SKIP, S.CANNOT_RUN, "other"),
        (S.FAIL, S.PASS, "better"),
        (S.FAIL, S.FLAKY, "better"),
        (S.CANNOT_RUN, S.PASS, "better"),
        (S.XFAIL, S.XPASS, "better"),
        (S.XFAIL, S.PASS, "better"),
        (S.FAIL, S.XFAIL, "other"),
        (S.PASS, S.XFAIL, "other"),
        (S.PASS, S.FLAKY, "other"),
        (S.PASS, S.SKIP, "other"),
        (S.FAIL, S.CANNOT_RUN, "other"),
        (S.FAIL, S.FAIL, None),
        (None, S.PASS, None),
    ],
)
def test_every_change_of_a_case_has_its_place(was: Status | None, now: Status, where: str | None) -> None:
    before, after = sample(), sample()
    before.cells[1].outcomes = [] if was is None else [Outcome("a/b", was)]
    after.cells[1].outcomes = [Outcome("a/b", now)]
    found = compare(before, after)
    id = "starlette:uvicorn-h11-wsproto@asyncio"
    told = [(id, "a/b", was and was.value, now.value)]
    for name in ("worse", "better", "other"):
        assert named(getattr(found, name)) == (told if name == where else []), name
    assert found.red == (where == "worse")


def test_what_is_seen_otherwise_is_told() -> None:
    def other(cell: CellReport) -> None:
        cell.outcomes[4].seen = "close 1006"

    found = compare(*changed(other))
    assert named(found.other) == [
        (
            "starlette:uvicorn-h11-wsproto@asyncio",
            "websocket/raise-after-accept",
            "pass (close 1011)",
            "pass (close 1006)",
        )
    ]
    assert not found.red


def test_a_server_that_dies_is_told_once() -> None:
    before, after = sample(), sample()
    before.cells[5] = copy.deepcopy(before.cells[2])
    before.cells[5].cell = after.cells[5].cell
    found = compare(before, after)
    assert named(found.worse) == [("django:daphne@asyncio", "", "ran", "died")]
    assert named(compare(after, before).better)[0] == ("django:daphne@asyncio", "", "died", "ran")


def test_a_cell_that_is_gone_is_missing_and_versions_are_told() -> None:
    before, after = changed(lambda cell: cell.versions.update(uvicorn="0.55.0"))
    del after.cells[0]
    found = compare(before, after)
    assert found.missing == ["starlette:in-process@asyncio"]
    assert found.versions == {"uvicorn": ("0.54.0", "0.55.0")}
    assert not found.red


def test_merging_one_changes_nothing_and_two_that_are_alike_are_one() -> None:
    assert merge([sample()]).cells == sample().cells
    both = merge([sample(), sample()])
    assert both.cells == sample().cells
    assert (both.frameworks, both.behinds, both.cases) == (
        sample().frameworks,
        sample().behinds,
        sample().cases,
    )
    with pytest.raises(ValueError, match="at least one"):
        merge([])


def test_versions_of_a_framework_are_columns() -> None:
    later = sample()
    for cell in later.cells:
        if cell.cell.framework == "starlette":
            cell.versions["starlette"] = "2.0.0"
    both = merge([sample(), later])
    assert both.frameworks == ["starlette==1.10.0", "starlette==2.0.0", "django", "sanic"]
    assert both.titles["starlette==2.0.0"] == "Starlette 2.0.0"
    assert len(both.cells) == 12
    new = both.at("starlette==2.0.0", "daphne@asyncio")
    assert new is not None
    assert new.versions["starlette"] == "2.0.0"


def test_servers_pythons_and_platforms_are_rows() -> None:
    later = sample()
    for cell in later.cells:
        cell.platform = "Darwin"
        if cell.versions:
            cell.versions["python"] = "3.13.0"
    both = merge([sample(), later])
    assert "daphne@asyncio, python 3.11.7, Linux-6.1-x86_64" in both.behinds
    assert "daphne@asyncio, python 3.13.0, Darwin" in both.behinds
    assert both.frameworks == sample().frameworks
    assert len(both.behinds) == 6  # what is not installed stands in the rows of the others
    assert len({one.cell.id for one in both.cells}) == len(both.cells)


def test_what_ran_somewhere_takes_the_place_of_what_is_not_installed() -> None:
    later = sample()
    del later.cells[:6]
    later.cells[0] = copy.deepcopy(later.cells[0])
    later.cells[0].state, later.cells[0].versions = "ran", {"sanic": "25.1"}
    later.cells[0].outcomes = [Outcome("http-scope/type", Status.PASS)]
    for reports in ([sample(), later], [later, sample()]):
        both = merge(reports)
        cell = both.at("sanic", "in-process@asyncio")
        assert cell is not None
        assert cell.state == "ran"
        assert len(both.cells) == 9


def test_a_merged_report_is_a_report() -> None:
    later = sample()
    for cell in later.cells:
        cell.versions = {**cell.versions, "python": "3.13.0"}
    both = merge([sample(), later])
    assert GridReport.from_json(both.to_json()) == both
