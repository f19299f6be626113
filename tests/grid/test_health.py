"""A server that spins or no longer answers costs the case that broke it, and no other."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from asgisim.grid import cell, health
from asgisim.grid.model import Cell, CellReport, Status
from asgisim.grid.order import Order

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no /proc")

APP = """
import asyncio, threading, time
from asgisim.frameworks.bare_app import app as good

def spin():
    while True:
        pass

async def app(scope, receive, send):
    if scope.get("path") != "/lifespan/counter":
        return await good(scope, receive, send)
    {broken}
"""
BROKEN = {
    "no longer answers": "time.sleep(3600)",
    "no longer comes to rest": "threading.Thread(target=spin).start(); await asyncio.sleep(3600)",
}
CASES = ("headers/location", "lifespan/counter", "streaming/whole", "lifespan/shutdown", "lifespan/exit")


@pytest.fixture
def breaks(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Order:
    """Cells of an app that breaks its server, in the way of the parameter, when the counter is asked for."""
    (tmp_path / "breaks.py").write_text(APP.format(broken=BROKEN[request.param]), "utf-8")
    monkeypatch.setattr(health, "ANSWER", 0.5)
    return Order(apps={"breaks:app": "breaks:app"}, cases=CASES, folder=str(tmp_path), repeats=0)


def played(order: Order) -> CellReport:
    return CellReport.from_json(cell.play(Cell("breaks:app", "reference"), order))


@pytest.mark.parametrize("breaks", BROKEN, indirect=True)
def test_it_is_replaced_and_the_other_cases_are_played(breaks: Order, request: pytest.FixtureRequest) -> None:
    report = played(breaks)
    how = request.node.callspec.params["breaks"]
    assert report.state == "ran"
    assert report.reason == f"lifespan/counter: the server {how} and was started anew"
    found = {one.case: one for one in report.outcomes}
    bad = found.pop("lifespan/counter")
    assert bad.status is Status.FAIL
    assert bad.message.endswith(f"after it the server {how}")
    assert {one.status for one in found.values()} == {Status.PASS}, found


@pytest.mark.parametrize("breaks", ["no longer answers"], indirect=True)
def test_it_is_given_up_in_the_end(breaks: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "RESTARTS", 0)
    report = played(breaks)
    assert report.state == "died"
    assert report.reason.startswith("the server no longer answers after lifespan/counter")
    assert report.red
    left = [one for one in report.outcomes if one.status is Status.CANNOT_RUN]
    assert left, "what was not asked is told so"
    assert {one.message for one in left} == {"the server had died, or was given up"}
