"""Coverage counts what was exercised, wherever it was judged."""

from __future__ import annotations

import pytest

import asgisim
from asgisim.judge.coverage import Coverage, Place, binding, gather
from asgisim.lint import Lint
from asgisim.reference.app import app as reference
from asgisim.space import plain_request
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import Party
from tests.test_lint import REQUEST, answering, call

CAPITAL = {"type": "http.response.start", "status": 200, "headers": [(b"X-A", b"1")]}
BODY = {"type": "http.response.body", "body": b"hello"}


def never(coverage: Coverage, protocol: str = "http") -> set[str]:
    return {one.says for one in coverage.situations(protocol, seen=False)}


def test_lint_adds_every_exchange() -> None:
    coverage = Coverage()
    with gather(coverage):
        lint = Lint(reference)
        for _ in range(3):
            call(lint, [REQUEST])
    call(lint, [REQUEST])  # nobody gathers any more
    assert coverage.exchanges == {"http": 3}
    assert ("http.receive", "NEW", "LAST") in coverage.cells
    assert coverage.of("http.receive").seen == 1
    assert coverage.rules.seen > 20
    assert Place.coverage is None


def test_a_disconnect_in_the_middle_of_a_body_is_missed_until_it_is_met() -> None:
    missed = "a disconnect in the middle of a request body"
    coverage = Coverage()
    more = {**REQUEST, "more_body": True}

    async def reads(scope: object, receive: object, send: object) -> None:
        while (await receive())["type"] == "http.request":  # type: ignore[operator]
            pass

    with gather(coverage):
        call(Lint(answering(CAPITAL, BODY), "collect"), [more, REQUEST])
        assert missed in never(coverage)
        call(Lint(reads, "collect"), [more, {"type": "http.disconnect"}])
    assert missed not in never(coverage)


def test_what_raises_counts_too() -> None:
    coverage = Coverage()

    async def raises(*_: object) -> None:
        raise RuntimeError

    with gather(coverage):
        with pytest.raises(RuntimeError):
            call(Lint(raises), [REQUEST])
        with pytest.raises(asgisim.BrokenRules):
            call(Lint(answering(CAPITAL, BODY)), [REQUEST])
    assert coverage.exchanges == {"http": 2}
    assert "an app that raises before it responds" not in never(coverage)
    assert coverage.broken == {"http.response.start.headers.lowercase"}


def test_judge_and_merging_and_json() -> None:
    one, other = Coverage(), Coverage()
    with gather(one):
        asgisim.judge(asgisim.simulate(reference, plain_request()))
        with gather(None):
            asgisim.judge(asgisim.simulate(reference, plain_request()))
    assert one.exchanges == {"http": 1}
    other.merge(one)
    other.merge(one)
    assert other.exchanges == {"http": 2}
    assert other.cells == one.cells
    assert Coverage.from_json(one.to_json()) == one
    with pytest.raises(ValueError, match="coverage report"):
        Coverage.from_json({"exchanges": 1})


def test_what_binds_can_be_shown_by_one_exchange() -> None:
    assert binding()
    assert all(CATALOGUE[id].party is not Party.SERVER for id in binding())
