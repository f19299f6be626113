"""The bench in a short form: that it measures, and that nothing became slow beyond all measure."""

from __future__ import annotations

import math

import pytest

from asgisim import bench

# Ratios to the bare call: no targets, but what only a grave mistake or a hopelessly busy machine reaches.
LIMITS = {
    bench.LINT: 10.0,
    bench.LINT_VARIED: 10.0,
    bench.AIO: 60.0,
    bench.TRIO: 65.0,
    bench.CAMPAIGN: 250.0,
}


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, float]]:
    return {row["name"]: row for row in bench.measure(rounds=3, share=0.1)}


def test_every_way_is_measured(rows: dict[str, dict[str, float]]) -> None:
    assert {bench.BARE, bench.LINT, bench.AIO, bench.CAMPAIGN, bench.GENERATE} <= set(rows)
    for row in rows.values():
        assert all(math.isfinite(row[key]) and row[key] > 0 for key in ("us", "ratio", "low", "high"))


def test_the_summary_tells_the_rate(rows: dict[str, dict[str, float]]) -> None:
    assert bench.summary(list(rows.values()))[0].startswith("fuzz: ")


@pytest.mark.parametrize("name", LIMITS)
def test_hard_limits(rows: dict[str, dict[str, float]], name: str) -> None:
    assert rows[name]["low"] <= LIMITS[name]
