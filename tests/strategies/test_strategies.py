"""The strategies: legal, they shrink to what a person would have written, and they are cheap enough."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from asgisim import strategies as asgi
from asgisim.model.scenario import Scenario
from asgisim.reference import scripted
from asgisim.space import Route, scenario
from asgisim.strategies.drawing import chooser
from tests.space.test_scenarios import check_scope

QUICK = settings(max_examples=100, database=None, deadline=None, derandomize=True)
FIND = settings(max_examples=5000, database=None, deadline=None, derandomize=True)


@QUICK
@given(st.one_of(asgi.http_scopes(path="/x"), asgi.websocket_scopes(), asgi.lifespan_scopes()))
def test_scopes_are_legal(scope: dict[str, Any]) -> None:
    check_scope(scope)


@QUICK
@given(
    st.one_of(
        asgi.http_scenarios(path="/upload", method="POST"),
        asgi.websocket_scenarios(path="/ws"),
        asgi.lifespan_scenarios(),
        asgi.scenarios(routes=(Route("GET", "/"),), profile="valid"),
    )
)
def test_scenarios_survive_json(one: Scenario) -> None:
    assert Scenario.from_json(one.to_json()) == one
    for exchange in one.exchanges:
        check_scope(exchange.scope)


def smallest(strategy: Any, test: Any) -> Any:
    return find(strategy, test, settings=FIND).to_json()


def test_the_simplest_request_is_a_plain_one() -> None:
    assert smallest(asgi.http_scenarios(), lambda one: True) == scenario(lambda n: 0).to_json()


def test_a_missing_client_is_all_that_is_left() -> None:
    found = smallest(asgi.http_scenarios(), lambda one: one.exchanges[0].scope.get("client", 1) is None)
    assert found["scope"]["client"] is None
    assert found["scope"]["headers"] == []
    assert len(found["script"]) == 1


def test_a_disconnect_stands_alone_beside_its_request() -> None:
    def leaves(one: Scenario) -> bool:
        return any(act.act == "disconnect" for act in one.exchanges[0].script)

    found = smallest(asgi.http_scenarios(), leaves)
    assert len(found["script"]) == 2
    assert found["script"][1] == ["recv", 0, "disconnect"]
    assert "options" not in found


def test_one_message_is_enough() -> None:
    def says_bytes(one: Scenario) -> bool:
        return any(act.act == "event" and act.arg.get("bytes") for act in one.exchanges[0].script)

    found = smallest(asgi.websocket_scenarios(), says_bytes)
    assert found["script"] == [
        ["recv", 0, "event", {"type": "websocket.connect"}],
        ["send", 1, "event", {"type": "websocket.receive", "bytes": found["script"][1][3]["bytes"]}],
    ]


def test_choices_end_with_zeros() -> None:
    choose = chooser(b"\xff\x80\x00\xff\xff")
    assert [choose(4), choose(2), choose(10), choose(1), choose(1000), choose(7)] == [3, 1, 0, 0, 999, 0]


@pytest.mark.parametrize(
    "wrong", [lambda: asgi.http_scopes(profile="odd"), lambda: asgi.application_scripts(protocol="ftp")]
)
def test_wrong_arguments_are_named(wrong: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        wrong()


@QUICK
@given(
    st.sampled_from(["http", "websocket", "lifespan"]).flatmap(lambda p: asgi.application_scripts(protocol=p))
)
def test_application_scripts_can_be_played(script: Any) -> None:
    assert callable(scripted.app(script))


def test_a_script_with_an_unknown_step_is_refused() -> None:
    with pytest.raises(ValueError, match=r"script\[1\]: expected one of receive"):
        scripted.app([["receive"], ["jump"]])


def printed(strategy: Any, test: Any) -> str:
    """What Hypothesis says of the failing example."""

    @settings(FIND, report_multiple_bugs=False)
    @given(strategy)
    def fails(one: Any) -> None:
        assert test(one)

    with pytest.raises(AssertionError) as caught:
        fails()
    return "\n".join(getattr(caught.value, "__notes__", ()))


def test_a_failing_scenario_is_printed_so_that_it_can_be_pasted() -> None:
    def few(one: Scenario) -> bool:
        return len(one.exchanges[0].script) < 2

    text = printed(asgi.http_scenarios(path="/x"), few)
    call = text[text.index("Scenario.parse(") :].rsplit(",\n)", 1)[0]
    one = eval(call, {"Scenario": Scenario})
    assert not few(one)
    assert "chooser" not in text
    assert "http GET /x" in text


@pytest.mark.parametrize(
    "strategy",
    [asgi.http_scopes(), asgi.application_scripts(), asgi.breaking("common.ext.dict")],
    ids=["scope", "script", "breaking"],
)
def test_whatever_is_drawn_prints_as_itself(strategy: Any) -> None:
    text = printed(strategy, lambda one: False)
    assert "chooser" not in text
    assert "lambda" not in text


@pytest.mark.slow
def test_an_example_costs_at_most_two_and_a_half_times_plain_bytes() -> None:
    import statistics
    import time

    def cost(strategy: Any) -> float:
        @settings(
            max_examples=300,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def nothing(_: Any) -> None:
            pass

        began = time.process_time()
        nothing()
        return time.process_time() - began

    ratios = [cost(asgi.http_scenarios()) / cost(st.binary(max_size=64)) for _ in range(9)]
    assert statistics.median(ratios) <= 2.5
