"""Hypothesis as a source of scenarios: what comes through it unchanged."""

from __future__ import annotations

import hypothesis.core
import pytest

from asgisim.fuzz import drawn
from asgisim.model.scenario import Scenario
from asgisim.space import Route


def test_so_many_scenarios_are_handed_on() -> None:
    taken: list[Scenario] = []
    drawn.draw([Route("GET", "/")], ("http",), 20, 0, taken.append)
    assert len(taken) == 20


def test_ctrl_c_is_ctrl_c_before_hypothesis_has_its_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(hypothesis.core.StateForActualGivenExecution, "run_engine", interrupted)
    with pytest.raises(KeyboardInterrupt):
        drawn.draw([Route("GET", "/")], ("http",), 20, 0, lambda one: None)


def test_what_fails_in_a_run_comes_through() -> None:
    def fails(one: Scenario) -> None:
        raise AssertionError("of the run itself")

    with pytest.raises(AssertionError, match="of the run itself"):
        drawn.draw([Route("GET", "/")], ("http",), 20, 0, fails)
