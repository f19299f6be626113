"""`breaking`: the named rule is broken, and nothing else. Played and judged."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from asgisim import strategies as asgi
from asgisim.drive.sim import simulate
from asgisim.examples import EXAMPLES
from asgisim.judge import judge
from asgisim.model.scenario import Scenario
from asgisim.reference import scripted
from asgisim.spec.rules import Party
from asgisim.strategies.breaking import _app, _server

ONCE = settings(max_examples=1, database=None, deadline=None, derandomize=True)


def first(rule_id: str) -> Any:
    """The plainest of what `breaking` draws."""
    found: list[Any] = []

    @ONCE
    @given(asgi.breaking(rule_id))
    def look(one: Any) -> None:
        found.append(one)

    look()
    return found[0]


def protocol_of(rule_id: str) -> str:
    return str(EXAMPLES[rule_id].breaks.steps[0].data.get("type"))


@pytest.mark.parametrize("rule_id", asgi.breakable("server"))
def test_a_server_breaks_that_rule_alone(rule_id: str) -> None:
    trace = EXAMPLES[rule_id].breaks
    app = scripted.app(_app(trace) or [["receive"]], protocol=protocol_of(rule_id))
    report = judge(simulate(app, first(rule_id)))
    broken = {
        finding.rule.id for finding in (*report.findings, *report.notes) if finding.party is Party.SERVER
    }
    assert broken == {rule_id}


@pytest.mark.parametrize("rule_id", asgi.breakable("app"))
def test_an_app_breaks_that_rule_alone(rule_id: str) -> None:
    trace = EXAMPLES[rule_id].breaks
    server = _server(trace)
    assert server is not None
    app = scripted.app(first(rule_id), protocol=protocol_of(rule_id))
    report = judge(simulate(app, server))
    broken = {finding.rule.id for finding in (*report.findings, *report.notes)}
    assert broken == {rule_id}


def test_unknown_rules_are_refused() -> None:
    with pytest.raises(ValueError, match="there is no rule"):
        asgi.breaking("http.nothing")
    with pytest.raises(ValueError, match="cannot be broken"):
        asgi.breaking("robust.hang")


def test_both_parties_are_covered() -> None:
    assert len(asgi.breakable("server")) >= 90
    assert len(asgi.breakable("app")) >= 100
    assert isinstance(first(asgi.breakable("server")[0]), Scenario)
