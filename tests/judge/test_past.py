"""What is remembered changes no verdict, keeps nothing of what it has seen, and has an end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from asgisim.judge import exact, judge
from asgisim.judge.past import MEMORY
from asgisim.judge.report import Report
from asgisim.trace import Trace
from tests.judge.corpus import corpus


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    MEMORY.forget()
    yield
    MEMORY.forget()


def verdict(report: Report) -> tuple[Any, ...]:
    return report.findings, report.notes, report.exercised, report.cells


def without_memory(monkeypatch: pytest.MonkeyPatch, traces: list[Trace]) -> list[tuple[Any, ...]]:
    found = []
    with monkeypatch.context() as patch:
        patch.setattr(MEMORY, "limit", 0)
        patch.setattr(exact, "_SHAPES_LIMIT", 0)
        patch.setattr(exact, "_SHAPES", {})
        for trace in traces:
            found.append(verdict(judge(trace)))
        assert not MEMORY.roots
    return found


@pytest.mark.parametrize("seed", range(3))
def test_verdicts_are_the_same_with_and_without_memory(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    traces = corpus(1200, seed)
    wanted = without_memory(monkeypatch, traces)
    for number in range(2):  # the second time everything that can be is remembered
        order = list(range(len(traces)))
        random.Random(number).shuffle(order)
        for index in order:
            assert verdict(judge(traces[index])) == wanted[index], traces[index].to_json()
    assert MEMORY.size > 1000
