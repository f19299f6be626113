"""The sweep: deterministic, no scenario twice, and each with one thing changed."""

from __future__ import annotations

import itertools

from asgisim.fuzz.sweep import base_scenarios, sweep
from asgisim.model import trace as t
from asgisim.model.scenario import Scenario
from asgisim.model.trace import Step, Trace
from asgisim.space import Route, scopes
from asgisim.space.repair import repair

ROUTES = [Route("GET", "/"), Route("POST", "/echo"), Route("GET", "/ws", "websocket")]


def run(scenario: Scenario) -> Trace:
    """Two receives and three sends in the last exchange, whatever is asked."""
    last = len(scenario.exchanges) - 1
    kinds = [t.SCOPE, t.RECEIVE, t.RECEIVE, t.SEND, t.SEND, t.SEND, t.RETURN]
    return Trace([Step(kind, {}, last) for kind in kinds])


def test_bases_for_each_route_then_lifespan_then_an_unknown_type() -> None:
    bases = base_scenarios(ROUTES)
    assert [base.exchanges[0].scope.get("type") for base in bases] == [
        *["http"] * 5,
        *["websocket"] * 2,
        "lifespan",
        "asgisim.unknown",
    ]
    assert [base.exchanges[0].scope.get("path") for base in bases[:7]] == ["/", *["/echo"] * 4, *["/ws"] * 2]


def test_the_base_comes_first_and_nothing_twice() -> None:
    for base in base_scenarios(ROUTES):
        found = [str(one.to_json()) for one in sweep(run, base)]
        assert found[0] == str(base.to_json())
        assert len(found) == len(set(found))
        assert found == [str(one.to_json()) for one in sweep(run, base)]


def test_everything_is_legal() -> None:
    for base in base_scenarios(ROUTES):
        for one in sweep(run, base):
            last = one.exchanges[-1]
            before = str(one.to_json())
            repair(last)
            assert str(one.to_json()) == before


def test_a_disconnect_behind_each_event() -> None:
    [base] = [one for one in base_scenarios(ROUTES[:1]) if one.exchanges[0].protocol == "http"]
    acts = {
        (act.gate, act.n)
        for one in sweep(run, base)
        for act in one.exchanges[0].script
        if act.act == "disconnect"
    }
    assert acts >= {
        ("recv", 0),
        ("recv", 1),
        ("recv", 2),
        ("recv", 3),
        ("send", 1),
        ("send", 4),
        ("tick", 12),
    }
    assert ("send", 5) not in acts


def test_faults_edits_and_headers_take_turns() -> None:
    base = base_scenarios(ROUTES)[0]
    early = list(itertools.islice(sweep(run, base), 60))
    assert any(one.exchanges[0].script != base.exchanges[0].script for one in early)
    assert any(one.exchanges[0].scope.get("client") is None for one in early)
    assert any(len(one.exchanges[0].scope["headers"]) > 1 for one in early)


def test_the_lifespan_before_stays_as_it_is() -> None:
    first, *_, lifespan, _ = base_scenarios(ROUTES)
    both = Scenario([*lifespan.exchanges, *first.exchanges])
    for one in sweep(run, both):
        assert one.exchanges[0] == lifespan.exchanges[0]


def test_the_same_twice_in_turn_and_at_once() -> None:
    base = base_scenarios(ROUTES)[0]
    twins = [one for one in sweep(run, base) if len(one.exchanges) == 2]
    assert [one.exchanges[1].options.start for one in twins] == [0, 1, 3]
    assert all(one.exchanges[1].scope == one.exchanges[0].scope for one in twins)


def test_a_sweep_tries_every_edit_and_an_undecodable_query_early() -> None:
    for kind, edits in scopes.EDITS.items():
        assert sorted(one.name for one in edits) == sorted(one.name for one in scopes.SWEPT_EDITS[kind])
    assert any(one.name == "query_string b'a=\\xe9'" for one in scopes.SWEPT_EDITS["http"][:6]), (
        "see values.QUERIES"
    )
