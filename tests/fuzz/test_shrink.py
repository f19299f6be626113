"""What is left after shrinking reads as if a person had written it."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from asgisim.fuzz.shrink import shrink
from asgisim.model.scenario import Scenario
from asgisim.space import scenario

PLAIN_SCOPE = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "GET",
    "path": "/",
    "query_string": "b:",
    "headers": [],
}
PLAIN_REQUEST = ["recv", 0, "event", {"type": "http.request", "body": "b:", "more_body": False}]


def failing(test: Callable[[Scenario], bool], protocol: str = "http", seed: int = 0) -> Scenario:
    """The first drawn scenario that fails."""
    pick = random.Random(seed).random
    while True:
        one = scenario(lambda n: int(pick() * n), protocols=(protocol,))
        if test(one):
            return one


def has_header(name: bytes, part: bytes) -> Callable[[Scenario], bool]:
    def test(one: Scenario) -> bool:
        return any(
            key.lower() == name and part in value
            for exchange in one.exchanges
            for key, value in exchange.scope["headers"]
        )

    return test


@pytest.mark.parametrize("seed", range(5))
def test_one_header_value(seed: int) -> None:
    small = shrink(failing(has_header(b"host", b"["), seed=seed), has_header(b"host", b"["))
    assert small.to_json() == {
        "scope": {**PLAIN_SCOPE, "headers": [["b:host", "b:["]]},
        "script": [PLAIN_REQUEST],
    }


@pytest.mark.parametrize("seed", range(5))
def test_one_fault(seed: int) -> None:
    def test(one: Scenario) -> bool:
        return any(act.act == "cancel" for exchange in one.exchanges for act in exchange.script)

    small = shrink(failing(test, seed=seed), test)
    assert small.to_json() == {"scope": PLAIN_SCOPE, "script": [["recv", 0, "cancel"]]}


@pytest.mark.parametrize("seed", range(5))
def test_two_parts_of_a_body(seed: int) -> None:
    def test(one: Scenario) -> bool:
        return any(
            act.act == "event" and act.arg.get("body") and act.arg.get("more_body")
            for exchange in one.exchanges
            for act in exchange.script
        )

    [small] = shrink(failing(test, seed=seed), test).exchanges
    [act] = small.script
    assert (act.gate, act.n) == ("recv", 0)
    assert act.arg["more_body"] is True
    assert len(act.arg["body"]) == 1
    assert small.to_json()["scope"] == PLAIN_SCOPE


@pytest.mark.parametrize("seed", range(5))
def test_a_websocket_keeps_its_connect(seed: int) -> None:
    def test(one: Scenario) -> bool:
        return any(
            act.act == "event" and act.arg.get("bytes") == b""
            for exchange in one.exchanges
            for act in exchange.script
        )

    small = shrink(failing(test, "websocket", seed), test)
    assert small.to_json() == {
        "scope": {"type": "websocket", "asgi": {"version": "3.0"}, "path": "/", "headers": []},
        "script": [
            ["recv", 0, "event", {"type": "websocket.connect"}],
            ["recv", 0, "event", {"type": "websocket.receive", "bytes": "b:"}],
        ],
    }


def test_a_broken_server_stays_broken() -> None:
    """A scenario that was not legal to begin with is not made legal: that may be the point of it."""
    data = {
        "scope": {"type": "websocket", "asgi": {"version": "3.0"}, "path": "/", "headers": []},
        "script": [["recv", 0, "force", {"type": "websocket.receive", "text": "early"}]],
    }

    def test(one: Scenario) -> bool:
        return [act.act for act in one.exchanges[0].script] == ["force"]

    small = shrink(Scenario.from_json(data), test)
    assert [act.act for act in small.exchanges[0].script] == ["force"]


def test_the_budget_is_kept() -> None:
    runs = 0

    def test(one: Scenario) -> bool:
        nonlocal runs
        runs += 1
        return False

    shrink(failing(has_header(b"cookie", b"=")), test, budget=7)
    assert runs == 7


def test_nothing_smaller_gives_the_scenario_itself() -> None:
    whole = failing(has_header(b"cookie", b"="))
    key = whole.to_json()
    assert shrink(whole, lambda one: one.to_json() == key) is whole
