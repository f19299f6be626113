"""What an outcome becomes: repeated, expected, flaky, out of reach; and cells that cannot be played."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from asgisim.cli.main import main
from asgisim.frameworks.apps import App
from asgisim.grid import axes, cell
from asgisim.grid.bench import Bench
from asgisim.grid.cases.table import Row
from asgisim.grid.driver import Driver
from asgisim.grid.exchange import Call, Skip, Wrong
from asgisim.grid.expected import Expected
from asgisim.grid.model import Case, Cell, CellReport, Status
from asgisim.grid.order import Order

CELL = Cell("bare", "reference")


class Nobody(Driver):
    """A driver with nothing behind it."""

    def __init__(self) -> None:
        super().__init__("bare", "reference", frozenset())

    def look(self) -> list[Call]:
        return []

    def finish(self) -> None:
        pass


def rows(*acts: Any) -> list[Row]:
    return [
        Row(Case(f"headers/{number}", "headers", "A case."), act if callable(act) else _act(act))
        for number, act in enumerate(acts)
    ]


def _act(what: str) -> Any:
    def do(driver: Driver) -> str | None:
        if what == "fail":
            raise Wrong("expected this, but got that")
        if what == "skip":
            raise Skip("not here")
        if what == "odd":
            return json.loads("{")  # type: ignore[no-any-return]
        return what

    return do


def played(given: list[Row], order: Order | None = None, **how: Any) -> CellReport:
    report = CellReport(CELL, versions={"a": "1.5"})
    bench = Bench(Nobody(), order or Order(), report, how.get("known", []), how.get("alive", lambda: True))
    bench.play(given, how.get("stop", lambda: False))
    return report


def test_each_outcome() -> None:
    report = played(rows("200", "fail", "skip", "odd"))
    assert [one.status.value for one in report.outcomes] == ["pass", "fail", "skip", "fail"]
    assert [one.attempts for one in report.outcomes] == [1, 2, 1, 2]
    assert report.outcomes[0].seen == "200"
    assert report.outcomes[3].message.startswith("JSONDecodeError")


def test_what_fails_once_is_flaky() -> None:
    tries: list[float] = []

    def once(driver: Driver) -> None:
        tries.append(driver.patience)
        if len(tries) == 1:
            raise Wrong("too slow")

    (outcome,) = played(rows(once)).outcomes
    assert outcome.status is Status.FLAKY
    assert "too slow" in outcome.message
    assert tries == [1.0, 3.0]


def test_what_is_expected_and_what_is_so_no_more() -> None:
    known = [Expected("reference", ("headers/*",), "it is known", versions={"a": "<2"})]
    report = played(rows("fail", "200"), known=known)
    assert [one.status for one in report.outcomes] == [Status.XFAIL, Status.XPASS]
    assert "it is known" in report.outcomes[0].message
    assert report.red
    assert not played(rows("fail"), known=known).red
    assert played(rows("fail"), known=[Expected("daphne", ("*",), "another server")]).red


def test_a_server_that_dies_costs_the_rest_of_its_cell() -> None:
    report = played(rows("200", "200", "200"), alive=iter([True, False, False, False]).__next__)
    assert [one.status.value for one in report.outcomes] == ["pass", "pass", "cannot-run"]
    assert report.state == "died"
    assert report.red


def test_a_cell_that_is_to_end_ends() -> None:
    report = played(rows("200", "200"), stop=lambda: True)
    assert {one.message for one in report.outcomes} == {"interrupted"}
    late = played(rows("200"), Order(limit=-1.0))
    assert late.outcomes[0].status is Status.CANNOT_RUN


def test_a_framework_that_is_not_installed_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(App, "missing", lambda self: ["sanic"])
    report = CellReport.from_json(cell.play(Cell("sanic", "uvicorn", "h11-wsproto"), Order()))
    assert report.state == "not-installed"
    assert not report.red
    assert report.rerun == "asgisim grid --server uvicorn-h11-wsproto@asyncio --framework sanic"


def test_axes_are_filtered() -> None:
    assert axes.servers(["uvicorn"], [], True) == ["uvicorn-httptools-websockets-sansio@asyncio"]
    assert len(axes.servers(["uvicorn"], [], False)) == 12
    assert axes.servers(["hypercorn@trio"], [], True) == ["hypercorn@trio"]
    assert {one.partition("@")[2] for one in axes.servers([], ["trio"], False)} == {"trio"}
    assert axes.cell("bare", "uvicorn-h11-wsproto@uvloop") == Cell("bare", "uvicorn", "h11-wsproto", "uvloop")
    with pytest.raises(axes.AxisError, match="granian has no loop 'trio'; it has asyncio, uvloop"):
        axes.servers(["granian@trio"], [], False)


def test_a_second_run_plays_only_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = str(tmp_path / "kept")
    words = ["grid", "--framework", "bare", "--server", "in-process@asyncio", "--case", "lifespan/counter"]
    words += ["-q", "--workers", "1"]
    assert main([*words, "--resume", kept]) == 0
    (file,) = Path(kept).iterdir()
    assert CellReport.from_json(json.loads(file.read_text())).outcomes[0].status is Status.PASS
    monkeypatch.setattr("asgisim.grid.run.run", lambda *given: pytest.fail("it was played again"))
    assert main([*words, "--resume", kept]) == 0
