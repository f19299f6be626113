"""The bench of asgisim itself in a short form: it measures, and nothing is slow beyond all measure."""

from __future__ import annotations

import pytest

from asgisim.bench import itself
from asgisim.bench.measuring import Ratio, Row, measure, ratios

# Ratios to the bare call: no targets, but what only a grave mistake or a hopelessly busy machine reaches.
LIMITS = {
    itself.LINT: 10.0,
    itself.LINT_VARIED: 10.0,
    itself.AIO: 60.0,
    itself.TRIO: 65.0,
    itself.CAMPAIGN: 250.0,
}


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return measure(itself.cases(), rounds=3, share=0.03)


def test_every_way_is_measured(rows: list[Row]) -> None:
    assert {itself.BARE, itself.LINT, itself.AIO, itself.CAMPAIGN} <= {row.name for row in rows}
    for row in rows:
        assert len(row.cpu) == len(row.wall) == 3
        assert all(cost > 0 for cost in row.cpu)


def test_every_aim_is_about_what_is_measured(rows: list[Row]) -> None:
    figures = [aim.figure(rows) for aim in itself.AIMS if aim.name != itself.SOCKETS]
    assert all(figure is not None and figure.low > 0 for figure in figures)


def test_an_aim_is_a_rate_or_a_ratio() -> None:
    rows = [Row("one", cpu=[2.0] * 6, wall=[10.0] * 6), Row("other", cpu=[5.0] * 6, wall=[40.0] * 6)]
    assert str(itself.Aim("", 1.0, "one", "other", clock=True).figure(rows)) == "0.25 (0.25 to 0.25)"
    assert str(itself.Aim("", 1.0, "one", "other").figure(rows)) == "0.40 (0.40 to 0.40)"
    assert itself.Aim("", 1.0, "other", "").figure(rows) == Ratio(200_000.0, 200_000.0, 200_000.0)
    assert itself.Aim("", 1.0, "one", "nothing").figure(rows) is None


@pytest.mark.parametrize("name", LIMITS)
def test_hard_limits(rows: list[Row], name: str) -> None:
    ratio: Ratio = ratios(rows)[name]
    assert ratio.low <= LIMITS[name]
