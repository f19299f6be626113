"""Rounds, medians and intervals, on cases whose costs are known."""

from __future__ import annotations

import itertools

import pytest

from asgisim.bench.measuring import Case, compare, measure, median, percentiles, ratios


def clocked(name: str, cost: float, floor: str = "") -> tuple[Case, list[int]]:
    """A case that costs so many seconds each time by its own meter, and the sizes of its blocks."""
    blocks: list[int] = []
    clock = [0.0]

    def run(n: int) -> None:
        blocks.append(n)
        clock[0] += n * cost

    return Case(name, run, 100, floor, meter=lambda: clock[0]), blocks


def test_the_rounds_are_interleaved_and_the_first_one_is_not_counted() -> None:
    order: list[str] = []
    cases = [Case(name, lambda n, name=name: order.append(name), 10) for name in "abc"]  # type: ignore[misc]
    rows = measure(cases, rounds=4)
    assert [len(row.cpu) for row in rows] == [4, 4, 4]
    assert all(set(order[at : at + 3]) == set("abc") for at in range(0, 15, 3))
    assert len(order) == 15


def test_a_ratio_is_to_the_floor_of_the_same_round() -> None:
    one, blocks = clocked("one", 6e-6, "floor")
    floor, _ = clocked("floor", 2e-6)
    rows = measure([one, floor], rounds=3, share=0.5)
    assert blocks == [50] * 4
    assert rows[0].cpu == pytest.approx([6.0] * 3)
    assert ratios(rows)["one"].middle == pytest.approx(3.0)
    assert "floor" not in ratios(rows)


def test_what_a_case_says_it_did_is_what_it_is_divided_by() -> None:
    clock = itertools.count()
    case = Case("case", lambda n: 4, 100, meter=lambda: float(next(clock)))
    assert measure([case], rounds=2)[0].cpu == [250000.0, 250000.0]


def test_cases_are_closed_also_after_a_failure() -> None:
    closed: list[str] = []

    def fails(n: int) -> None:
        raise AssertionError("the app did not answer as it should")

    with pytest.raises(AssertionError):
        measure([Case("case", fails, 1, close=lambda: closed.append("case"))])
    assert closed == ["case"]


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(3, 0, 2), (5, 0, 4), (6, 0, 5), (9, 1, 7), (15, 3, 11), (31, 9, 21)],  # as tables of the sign test say
)
def test_the_interval_of_a_median(count: int, low: int, high: int) -> None:
    told = median(reversed(range(count)))
    assert (told.middle, told.low, told.high) == ((count - 1) / 2, low, high)


def test_rounds_are_compared_one_by_one() -> None:
    assert compare([2.0, 20.0, 200.0], [1.0, 10.0, 100.0]).low == 2.0


def test_percentiles() -> None:
    assert percentiles([number / 1000 for number in range(100)]) == [50.0, 90.0, 99.0]
    assert percentiles([0.5]) == [500.0] * 3
