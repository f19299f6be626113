"""Cells on an executor: each gives its report, whatever becomes of the others."""

from __future__ import annotations

import concurrent.futures as futures
import json
import os
from pathlib import Path
from typing import Any

import pytest

from asgisim.grid import run
from asgisim.grid.model import Cell, CellReport, Outcome, Status
from asgisim.grid.order import Order

CELLS = [Cell("bare", "reference"), Cell("starlette", "reference"), Cell("quart", "reference")]


def played(cell: Cell, order: Order) -> dict[str, Any]:
    return CellReport(cell, outcomes=[Outcome("headers/x", Status.PASS)]).to_json()


def lost(cell: Cell, order: Order) -> dict[str, Any]:
    if cell.framework == "starlette":
        raise futures.BrokenExecutor("the worker is gone")
    return played(cell, order)


def ends(cell: Cell, order: Order) -> dict[str, Any]:
    if cell.framework == "starlette":
        os._exit(3)
    return played(cell, order)


def test_each_cell_gives_its_report() -> None:
    with futures.ThreadPoolExecutor(2) as executor:
        reports = list(run.run(CELLS, Order(), executor, played))
    assert {one.cell for one in reports} == set(CELLS)
    assert all(one.state == "ran" for one in reports)


def test_a_lost_worker_costs_its_cell_only() -> None:
    with futures.ThreadPoolExecutor(2) as executor:
        reports = {one.cell.framework: one for one in run.run(CELLS, Order(seed=3), executor, lost)}
    assert reports["starlette"].state == "cannot-run"
    assert "the worker is gone" in reports["starlette"].reason
    assert reports["starlette"].rerun.startswith("asgisim grid --server reference@asyncio --framework")
    assert reports["bare"].state == reports["quart"].state == "ran"


def test_a_worker_process_that_ends_is_told() -> None:
    with run.processes(1) as executor:
        reports = list(run.run(CELLS, Order(), executor, ends))
    assert len(reports) == 3
    assert any("worker gave no report" in one.reason for one in reports)


def test_ctrl_c_hands_over_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = tmp_path / "stop"
    waits: list[int] = []
    real = futures.wait

    def wait(*given: Any, **named: Any) -> Any:
        waits.append(1)
        if len(waits) == 2:
            raise KeyboardInterrupt
        return real(*given, **named)

    monkeypatch.setattr(futures, "wait", wait)
    reports: list[CellReport] = []
    with futures.ThreadPoolExecutor(1) as executor, pytest.raises(run.Interrupted):
        reports.extend(run.run(CELLS, Order(stop=str(stop)), executor, played))
    assert reports
    assert stop.exists()


def test_reports_are_plain_json() -> None:
    assert json.loads(json.dumps(played(CELLS[0], Order()))) == played(CELLS[0], Order())
