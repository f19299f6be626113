"""A crash is told as the demand whose default mends it."""

from __future__ import annotations

from typing import Any

import pytest

from asgisim.fuzz.explain import SPELLINGS, explain
from asgisim.model.scenario import Act, Exchange, Scenario
from asgisim.space import plain_request
from asgisim.spec import CATALOGUE


def fails_without(key: str) -> Any:
    return lambda scenario: scenario.exchanges[0].scope.get(key) is None


@pytest.mark.parametrize("key", ["scheme", "root_path", "client", "server", "raw_path", "state"])
def test_a_missing_key_is_the_demand_behind_the_crash(key: str) -> None:
    scenario = plain_request()
    scenario.exchanges[0].scope.pop(key, None)
    rule = explain(scenario, 0, fails_without(key))
    assert rule is not None
    assert rule.id.startswith("http.scope." + key.replace("_", "-"))


def test_none_is_as_missing() -> None:
    scenario = plain_request()
    scenario.exchanges[0].scope["client"] = None
    rule = explain(scenario, 0, fails_without("client"))
    assert rule is CATALOGUE["http.scope.client.default"]


def test_a_crash_of_another_cause_is_not_explained() -> None:
    scenario = plain_request()
    del scenario.exchanges[0].scope["scheme"]
    assert explain(scenario, 0, lambda one: True) is None


def test_a_missing_body_key() -> None:
    scope = plain_request().exchanges[0].scope
    scenario = Scenario([Exchange(scope, [Act("recv", 0, "event", {"type": "http.request"})])])
    rule = explain(scenario, 0, lambda one: "body" not in one.exchanges[0].script[0].arg)
    assert rule is CATALOGUE["http.request.body.default"]


@pytest.mark.parametrize(
    ("fails", "rule"),
    [
        (lambda tls: tls is not None and "client_cert_chain" not in tls, "ext.tls.defaults"),
        (lambda tls: tls is not None, "ext.tls.events-unchanged"),
    ],
)
def test_tls_without_an_optional_entry_is_not_tls_as_such(fails: Any, rule: str) -> None:
    scenario = plain_request()
    tls = {"server_cert": None, "tls_version": None, "cipher_suite": None}
    scenario.exchanges[0].scope["extensions"] = {"tls": tls}
    told = explain(scenario, 0, lambda one: fails(one.exchanges[0].scope["extensions"].get("tls")))
    assert told is CATALOGUE[rule]


def test_the_scenario_itself_is_left_as_it_is() -> None:
    scenario = plain_request()
    del scenario.exchanges[0].scope["scheme"]
    before = scenario.to_json()
    explain(scenario, 0, fails_without("scheme"))
    assert scenario.to_json() == before


def test_every_spelling_names_a_rule() -> None:
    assert {name for rows in SPELLINGS.values() for name, _ in rows} <= set(CATALOGUE)


def test_of_two_missing_keys_that_fail_alike_the_first_is_named() -> None:
    scenario = plain_request()
    del scenario.exchanges[0].scope["scheme"], scenario.exchanges[0].scope["raw_path"]
    rule = explain(scenario, 0, lambda one: not {"scheme", "raw_path"} <= set(one.exchanges[0].scope))
    assert rule is CATALOGUE["http.scope.raw-path.default"]


def test_the_raw_path_that_is_tried_is_legal() -> None:
    scenario = plain_request(path="/\u00e9")
    scenario.exchanges[0].scope.pop("raw_path")
    tried = []
    explain(scenario, 0, lambda one: not tried.append(one.exchanges[0].scope.get("raw_path")))
    assert b"/%C3%A9" in tried
