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


def test_the_summary_tells_the_rate(rows: list[Row]) -> None:
    assert itself.summary(rows)[0].startswith("fuzz: ")


@pytest.mark.parametrize("name", LIMITS)
def test_hard_limits(rows: list[Row], name: str) -> None:
    ratio: Ratio = ratios(rows)[name]
    assert ratio.low <= LIMITS[name]
