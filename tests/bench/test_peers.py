"""Every way of the peers suite does its exchange and looks at it; what is not there is told."""

from __future__ import annotations

import sys

import pytest

from asgisim.bench import peers
from asgisim.bench.measuring import Row

WAYS = (*peers.HTTP_WAYS, *peers.WEBSOCKET_WAYS)


@pytest.mark.filterwarnings("ignore")  # of the peers' own
def test_every_way_that_can_be_measured_here_works() -> None:
    cases, missing = peers.cases()
    assert len(cases) + len(missing) == len(WAYS)
    for case in cases:
        try:
            case.run(2)
        finally:
            case.close()


@pytest.mark.filterwarnings("ignore")
def test_a_peer_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asgiref", None)
    _, missing = peers.cases()
    assert [row.missing for row in missing if row.name == peers.ASGIREF] == ["asgiref"]


def test_the_aims_name_ways_that_there_are() -> None:
    names = {way.name for way in WAYS} | {peers.lint.WITH, peers.lint.WITHOUT}
    assert {name for aim in peers.AIMS for name in (aim.one, aim.other)} <= names


def test_an_aim_is_about_its_two_ways() -> None:
    rows = [
        Row("bare", cpu=[1.0] * 6),
        Row("one", cpu=[2.0] * 6, wall=[9.0] * 6),
        Row("other", cpu=[5.0] * 6),
    ]
    rows[2].wall = [3.0] * 6
    made = [
        peers.Aim("", "one", "other", 1.0),
        peers.Aim("", "one", "other", 1.0, over="bare"),
        peers.Aim("", "one", "other", 1.0, wall=True),
    ]
    assert [getattr(peers.attained(aim, rows), "middle", None) for aim in made] == [0.4, 0.25, 3.0]
    assert peers.attained(peers.Aim("", "one", "nothing", 1.0), rows) is None
