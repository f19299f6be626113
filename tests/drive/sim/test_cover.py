"""Branch coverage of chosen packages."""

from __future__ import annotations

import sys

import pytest

from asgisim.drive.sim.cover import Coverage
from tests.drive.sim import apps


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="sys.monitoring is there")
def test_older_pythons_are_refused() -> None:
    with pytest.raises(RuntimeError, match=r"3\.12"):
        Coverage(["tests"])


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs sys.monitoring")
def test_another_path_takes_another_branch() -> None:
    coverage = Coverage([apps.__name__])
    coverage.start()
    try:
        one = apps.http(apps.WHOLE)
        two = apps.http(("recv", 0, "event", apps.PART), ("recv", 1, "event", apps.REQUEST))
        taken = []
        for scenario in (one, two, one):
            coverage.take()
            apps.run(apps.good, scenario)
            taken.append(coverage.take())
        assert taken[0]
        assert taken[0] == taken[2]
        assert taken[1] - taken[0], "the loop was gone through"
    finally:
        coverage.stop()
