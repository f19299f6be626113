"""A check of ours that fails is told; a value that cannot be looked at is not."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from asgisim.judge import JudgeDefect, exact, judge, take_defects
from asgisim.model import trace as t
from asgisim.model.trace import Step, Trace
from asgisim.space import scopes
from asgisim.spec.rules import CHECKS

PLACE = "send http.response.start"


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Puts a check in that raises what it is given."""

    def put(error: BaseException) -> str:
        def fails(*_: Any) -> Any:
            raise error

        check = next(one for one in CHECKS[PLACE] if one.rule.id == "http.response.start.status.type")
        others = [one for one in CHECKS[PLACE] if one is not check]
        monkeypatch.setitem(CHECKS, PLACE, [dataclasses.replace(check, function=fails), *others])
        exact._APPLICABLE.clear()
        exact._SHAPES.clear()
        return check.rule.id

    take_defects()
    yield put
    monkeypatch.undo()
    exact._APPLICABLE.clear()
    exact._SHAPES.clear()
    take_defects()


_NUMBERS = itertools.count()


def answered() -> Trace:
    # A key of its own: pasts that were judged before are looked up.
    start = {"type": "http.response.start", "status": 200, "headers": [], f"test.{next(_NUMBERS)}": 1}
    sent = [Step(t.SEND, start), Step(t.SEND, {"type": "http.response.body", "body": b""})]
    return Trace([Step(t.SCOPE, scopes.http()), *sent, Step(t.RETURN, None)])


def test_a_check_that_fails_is_told_and_its_rule_is_not_exercised(failing: Any) -> None:
    rule = failing(ValueError("not enough values to unpack"))
    with pytest.warns(JudgeDefect, match=rule):
        report = judge(answered())
    assert rule in report.not_exercised
    (line,) = take_defects()
    assert rule in line
    assert "ValueError: not enough values to unpack" in line
    assert take_defects() == []


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("error", [RecursionError(), OverflowError(), MemoryError()])
def test_a_value_that_defies_looking_at_is_no_defect(failing: Any, error: Exception) -> None:
    rule = failing(error)
    assert rule in judge(answered()).not_exercised
    assert take_defects() == []


@pytest.mark.filterwarnings("error")
def test_a_number_too_long_to_be_told_is_no_defect() -> None:
    trace = answered()
    trace.steps[1].data["status"] = 10**5000
    judge(trace)
    assert take_defects() == []


def test_other_errors_come_through(failing: Any) -> None:
    failing(KeyError("status"))
    with pytest.raises(KeyError):
        judge(answered())
