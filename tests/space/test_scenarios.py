"""What `space.scenario` draws: legal, plain at zero, the same for the same choices."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from asgisim.model.scenario import Exchange, Scenario
from asgisim.space import Route, scenario, scopes
from asgisim.space.scopes import (
    EDITS,
    HEADER_EDITS,
    SWEPT_HEADERS,
    fill,
    http,
    lifespan,
    spec_version,
    websocket,
)

ROUTES = (Route("GET", "/"), Route("POST", "/items/{id}"), Route("GET", "/ws", "websocket"))
PLAIN = {"http": http, "websocket": websocket, "lifespan": lifespan}


def chooser(seed: int) -> Callable[[int], int]:
    pick = random.Random(seed).random
    return lambda n: int(pick() * n)


def many(count: int, **options: Any) -> list[Scenario]:
    choose = chooser(1)
    protocols = ("http", "websocket", "lifespan")
    return [scenario(choose, protocols=protocols, routes=ROUTES, **options) for _ in range(count)]


def test_zero_is_the_plainest_request() -> None:
    assert scenario(lambda n: 0).to_json() == {
        "scope": {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "path": "/",
            "query_string": "b:",
            "headers": [],
        },
        "script": [["recv", 0, "event", {"type": "http.request", "body": "b:", "more_body": False}]],
    }


def test_zero_is_the_plainest_handshake() -> None:
    [exchange] = scenario(lambda n: 0, protocols=("websocket",)).exchanges
    assert set(exchange.scope) == {"type", "asgi", "path", "headers"}
    assert [act.arg for act in exchange.script] == [{"type": "websocket.connect"}]


def test_the_same_choices_give_the_same_scenario() -> None:
    first = [one.to_json() for one in many(200)]
    assert first == [one.to_json() for one in many(200)]


@pytest.mark.parametrize("profile", ["edge", "valid"])
def test_json_there_and_back(profile: str) -> None:
    for one in many(500, profile=profile):
        assert Scenario.from_json(one.to_json()) == one


def test_no_two_scenarios_share_what_an_app_may_change() -> None:
    first, second = many(400), many(400)
    held: set[int] = set()
    for one in first:
        held.update(id(item) for exchange in one.exchanges for item in containers(exchange))
    for one in second:
        for exchange in one.exchanges:
            assert held.isdisjoint(id(item) for item in containers(exchange))


def containers(exchange: Exchange) -> list[Any]:
    found: list[Any] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            found.append(value)
            for item in value.values():
                walk(item)
        elif isinstance(value, list | tuple):
            if isinstance(value, list):
                found.append(value)
            for item in value:
                walk(item)

    walk(exchange.scope)
    for act in exchange.script:
        walk(act.arg)
    return found


def check_scope(scope: dict[str, Any]) -> None:
    assert scope["asgi"]["version"] == "3.0"
    if scope["type"] == "lifespan":
        assert scope["asgi"].get("spec_version") in (None, "1.0", "2.0")
        assert scope.get("state") in (None, {})
        return
    assert spec_version(scope) <= (2, 5)
    assert scope["path"].startswith(scope.get("root_path") or "")
    assert "?" not in scope["path"]
    if scope.get("raw_path") is not None:
        scope["raw_path"].decode("ascii")
        assert b"?" not in scope["raw_path"]
    for name, value in scope["headers"]:
        assert type(name) is bytes
        assert type(value) is bytes
        assert not name.startswith(b":")
        assert not {0, 10, 13} & set(value)
    assert scope.get("extensions", {}) is not None
    if scope["type"] == "http":
        assert scope["method"] == scope["method"].upper()
        assert scope["http_version"] in ("1.0", "1.1", "2", "3")
        assert type(scope["query_string"]) is bytes
    else:
        assert scope.get("http_version", "2") in ("1.1", "2", "3")


@pytest.mark.parametrize("protocol", ["http", "websocket", "lifespan"])
def test_every_edit_keeps_the_scope_legal_and_says_what_it_does(protocol: str) -> None:
    edits = EDITS[protocol] + (HEADER_EDITS if protocol != "lifespan" else ())
    for edit in edits:
        scope = PLAIN[protocol]()
        edit.apply(scope)
        check_scope(scope)
    assert all(edit.name for edit in edits)


def test_scopes_are_legal_whatever_was_edited() -> None:
    for one in many(4000):
        for exchange in one.exchanges:
            check_scope(exchange.scope)


def test_the_whole_body_is_whatever_the_cuts_were() -> None:
    seen_parts = set()
    for one in many(2000):
        for exchange in one.exchanges:
            events = [act.arg for act in exchange.script if act.act == "event"]
            requests = [event for event in events if event["type"] == "http.request"]
            if exchange.protocol == "http":
                assert [event.get("more_body", False) for event in requests] == (
                    [True] * (len(requests) - 1) + [False]
                )
                seen_parts.add(len(requests))
    assert seen_parts >= {1, 2, 3, 4}


def test_late_sends_are_left_to_the_announced_version() -> None:
    assert {exchange.options.late_send for one in many(500) for exchange in one.exchanges} == {"auto"}


def test_a_sweep_has_all_headers() -> None:
    assert {edit.name for edit in SWEPT_HEADERS} == {edit.name for edit in HEADER_EDITS}
    assert len(SWEPT_HEADERS) == len(HEADER_EDITS)


def test_a_route_may_have_a_query() -> None:
    for build in (scopes.http, scopes.http_least):
        scope = build("GET", "/search?q=%20a")
        assert (scope["path"], scope["query_string"]) == ("/search", b"q=%20a")
    assert scopes.http("GET", "/search?q=1")["raw_path"] == b"/search"
    for handshake in (scopes.websocket, scopes.websocket_least):
        scope = handshake("/?EIO=4")
        assert (scope["path"], scope["query_string"]) == ("/", b"EIO=4")
    assert "query_string" not in scopes.websocket_least("/")


def test_parameters_of_a_route_are_filled() -> None:
    assert fill("/items/{id}/<int:page>") == "/items/1/1"
    assert fill("") == "/"
