"""Campaigns and grids on a Dask cluster of two processes: the same as alone; a lost worker loses nothing."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from asgisim.cli import cluster, workers
from asgisim.cli.campaigning import Done, Order
from asgisim.cli.main import main
from asgisim.grid.model import Cell, CellReport, GridReport, Outcome, Status
from asgisim.grid.order import Order as GridOrder
from asgisim.grid.run import run as run_grid
from tests.cli.test_workers import APP

distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of a scheduler with two workers, each a process with one thread, under a nanny that replaces it."""
    # The workers import what they are handed, the functions of this file among it.
    here = str(Path(__file__).parents[2])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (here, before)))
    try:
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as made:
            yield made.scheduler_address
    finally:
        os.environ.pop("PYTHONPATH") if before is None else os.environ.update(PYTHONPATH=before)


@pytest.fixture
def order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Order:
    """A campaign on an app in the current folder."""
    (tmp_path / "shared_out.py").write_text(APP, "utf-8")
    monkeypatch.chdir(tmp_path)
    return Order("shared_out:app", max_examples=400, max_time=600.0, search=False)


def told(done: Done) -> list[dict[str, Any]]:
    """All that is said of the findings."""
    return [one.to_json("shared_out:app") for one in done.campaign.findings]


def test_a_campaign_finds_what_it_finds_alone(address: str, order: Order) -> None:
    here = workers.run(order, 2)
    with cluster.connect(address) as found:
        assert found.workers == 2
        away = workers.run(order, 2, executor=found.executor)
    assert told(away) == told(here) != []
    assert (away.campaign.examples, away.campaign.held) == (here.campaign.examples, here.campaign.held)
    alone = {one.finding.rule.id for one in workers.run(order, 1).campaign.findings}
    assert {one.finding.rule.id for one in away.campaign.findings} == alone


def test_the_command_shares_out_and_reports(
    address: str, order: Order, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", order.name, "--dask", address, "--only", "http.response.start"]) == 1
    assert "http.response.start.headers.lowercase: the app breaks a MUST" in capsys.readouterr().out


def test_servers_are_checked_there_too(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["fuzz", "--server", "reference", "--server", "uvicorn-h11-wsproto", "--max-examples", "12"]
    here = main([*words, "-q"]), capsys.readouterr().out
    assert (main([*words, "-q", "--dask", address]), capsys.readouterr().out) == here


def test_a_grid_is_the_same_there(address: str, tmp_path: Path) -> None:
    words = [
        "grid",
        "--framework",
        "bare",
        "--server",
        "in-process@asyncio",
        "--server",
        "uvicorn-h11-wsproto",
    ]
    words += ["--loop", "asyncio", "--case", "http-scope/*", "--case", "headers/*", "--format", "json", "-q"]
    found = []
    for more in (["--workers", "2"], ["--dask", address]):
        path = tmp_path / "report.json"
        assert main([*words, *more, "--output", str(path)]) in (0, 1)
        report = GridReport.from_json(json.loads(path.read_text("utf-8")))
        found.append(
            {cell.cell.id: [(one.case, one.status) for one in cell.outcomes] for cell in report.cells}
        )
        assert all(cell.state == "ran" for cell in report.cells)
    assert found[0] == found[1]
    assert len(found[0]) == 2


def test_an_app_that_is_not_there_is_told(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with cluster.connect(address) as found, pytest.raises(Exception, match="nowhere"):
        workers.run(Order("nowhere:app"), 2, executor=found.executor)


def fatal(cell: Cell, order: GridOrder) -> dict[str, Any]:
    """Plays a cell; the first to come takes its worker with it."""
    try:
        os.close(os.open(os.path.join(order.folder, cell.loop), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        pass
    else:
        if cell.loop == "kills":
            os.kill(os.getpid(), signal.SIGKILL)
    return CellReport(cell, outcomes=[Outcome("a/b", Status.PASS)], rerun=str(os.getpid())).to_json()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_lost_worker_loses_no_result(address: str, tmp_path: Path) -> None:
    cells = [Cell("bare", f"server-{number}", loop="kills" if number == 2 else "x") for number in range(8)]
    with cluster.connect(address) as found:
        done = list(run_grid(cells, GridOrder(folder=str(tmp_path)), found.executor, fatal))
    assert sorted(one.cell.server for one in done) == [cell.server for cell in cells]
    assert [one.state for one in done] == ["ran"] * 8, [one.reason for one in done]
    assert (tmp_path / "kills").exists()


def test_nobody_there_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "TIMEOUT", 0.5)
    assert main(["check", "asgisim.reference.app:app", "--dask", "tcp://127.0.0.1:1"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("asgisim: --dask: no scheduler answers at tcp://127.0.0.1:1: ")
    assert error.count("\n") == 1


def test_the_missing_extra_names_itself(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["check", "asgisim.reference.app:app", "--dask", "tcp://127.0.0.1:1"]) == 2
    assert "this needs distributed, which is not installed" in (error := capsys.readouterr().err)
    assert "pip install 'asgisim[cluster]' brings it" in error
