"""Many odd spellings at once: they fit together, and the one that an app takes amiss is picked out."""

from __future__ import annotations

from typing import Any

import pytest

from asgisim.drive.sim import Simulator
from asgisim.equal import jointly
from asgisim.fuzz.sweep import base_scenarios
from asgisim.model.scenario import Scenario
from asgisim.space import Route
from asgisim.space.respellings import ENDS, RESPELLINGS

GET, POST, SOCKET = (
    base_scenarios([route])[0]
    for route in (Route("GET", "/", "http"), Route("POST", "/", "http"), Route("", "/", "websocket"))
)


async def respond(send: Any, status: int = 200) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def needs_raw_path(scope: Any, receive: Any, send: Any) -> None:
    assert scope["raw_path"]
    await respond(send)


async def routes_by_path(scope: Any, receive: Any, send: Any) -> None:
    await respond(send, 200 if scope["path"] == "/" else 404)


async def fine(scope: Any, receive: Any, send: Any) -> None:
    await respond(send)


@pytest.mark.parametrize("base", [GET, POST, SOCKET])
def test_no_two_spellings_of_a_bundle_change_the_same_thing(base: Scenario) -> None:
    found = jointly.bundles(base)
    assert found
    assert all(len(bundle) > 1 for bundle in found)
    for bundle in found:
        joint = jointly.respelled(base, bundle).exchanges[-1]
        for row in bundle:
            alone = jointly.respelled(base, (row,)).exchanges[-1]
            old = base.exchanges[-1].scope
            for key in alone.scope.keys() | old.keys():
                if alone.scope.get(key, row) != old.get(key, row):
                    assert alone.scope.get(key, row) == joint.scope.get(key, row), (row.name, key)
            if alone.script != base.exchanges[-1].script:
                assert alone.script == joint.script


@pytest.mark.parametrize("base", [GET, POST, SOCKET])
def test_each_spelling_is_in_one_bundle_at_most_and_hardly_one_in_none(base: Scenario) -> None:
    rows = [row.name for bundle in jointly.bundles(base) for row in bundle]
    assert len(rows) == len(set(rows))
    last = base.exchanges[-1]
    fitting = [row for row in RESPELLINGS[last.protocol] if row.applies(last) and row.looks != ENDS]
    assert len(rows) >= 0.7 * len(fitting)


def test_the_plain_exchange_stays_as_it_is() -> None:
    before = GET.to_json()
    for bundle in jointly.bundles(GET):
        jointly.respelled(GET, bundle)
    assert GET.to_json() == before


@pytest.mark.parametrize(
    ("app", "rule"), [(needs_raw_path, "http.scope.raw-path.default"), (routes_by_path, "equal.root-path")]
)
def test_the_one_that_makes_the_difference_is_picked_out(app: Any, rule: str) -> None:
    with Simulator(app) as simulator:
        plain = simulator.run(GET)
        guilty = [
            jointly.suspect(simulator.run, GET, plain, bundle).rule_id
            for bundle in jointly.bundles(GET)
            if jointly.differ(GET, plain, simulator.run(jointly.respelled(GET, bundle)))
        ]
    assert rule in guilty
    assert set(guilty) == {rule}


def test_an_app_that_takes_them_all_shows_no_difference() -> None:
    with Simulator(fine) as simulator:
        plain = simulator.run(GET)
        for bundle in jointly.bundles(GET):
            assert not jointly.differ(GET, plain, simulator.run(jointly.respelled(GET, bundle)))


def test_what_a_fault_is_part_of_has_no_bundles() -> None:
    left = GET.exchanges[0]
    script = [*left.script, left.script[0]._replace(gate="send", n=1, act="disconnect", arg=None)]
    assert jointly.bundles(Scenario([type(left)(left.scope, script, left.options)])) == []
