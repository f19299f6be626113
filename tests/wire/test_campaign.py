"""Campaigns over sockets: the reference server is clean, a server made wrong is told and made small."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from asgisim.drive.wire.record import EXTRA, RESPONSE, Heard, Record
from asgisim.drive.wire.script import Step, WireScenario
from asgisim.fuzz.settings import Settings
from asgisim.servers import SERVERS, ServerError
from asgisim.wire import campaign
from asgisim.wire.campaign import CONFIRMATIONS, _Search, fuzz_wire, simpler
from asgisim.wire.findings import WireFound
from asgisim.wire.space import LIFESPAN_CASE, curated, made, protocol_of, scenario
from asgisim.wire.target import Target

REFERENCE = SERVERS["reference"]
EVERY = ("http", "websocket", "lifespan")


class Tampered(Target):
    """The reference server, with what the client heard changed: as if the server had done it."""

    def __init__(self, always: bool = True) -> None:
        super().__init__(REFERENCE)
        self.always = always
        self.changed = 0

    def run(self, scenario: WireScenario) -> Record:
        played = super().run(scenario)
        for one in list(played.client):
            if one.kind == RESPONSE and one.data.status == 304 and (self.always or not self.changed):
                played.client.append(Heard(EXTRA, b"last", one.connection, one.time))
                self.changed += 1
        return played


def test_the_reference_server_is_clean() -> None:
    done = fuzz_wire(
        Target(REFERENCE), Settings(protocols=EVERY, max_examples=len(curated()) + 60, max_time=600.0, seed=1)
    )
    assert [found.finding.line() for found in (*done.wire_findings, *done.wire_flaky)] == []
    assert done.examples > len(curated())
    assert done.left_out == []
    assert not done.interrupted
    assert {"wire.http.304-no-body", "websocket.server.fragments-joined", "lifespan.shutdown.sent"} <= set(
        done.held
    )


def test_a_break_is_found_once_and_made_small() -> None:
    settings = Settings(protocols=("http",), max_examples=20, max_time=600.0)
    kept: list[WireFound] = []
    (found,) = fuzz_wire(Tampered(), settings, keep=kept.append).wire_findings
    assert kept == [found]
    assert found.finding.rule.id == "wire.http.304-no-body"
    assert found.stable
    # The request, the head of the answer and its reading: nothing else is needed.
    assert [(step.who, step.act) for step in found.scenario.steps] == [
        ("client", "request"),
        ("app", "send"),
        ("client", "response"),
    ]
    assert {
        step.data["client"] for step in found.trace if isinstance(step.data, dict) and "client" in step.data
    } >= {
        "request",
        "response",
    }


def test_what_is_not_seen_again_is_kept_apart() -> None:
    target = Tampered(always=False)
    done = fuzz_wire(target, Settings(protocols=("http",), max_examples=20, max_time=600.0))
    assert done.wire_findings == []
    assert done.broken == []
    assert [found.finding.rule.id for found in done.wire_flaky] == ["wire.http.304-no-body"]
    assert CONFIRMATIONS == 3


def test_a_server_that_cannot_start_is_an_error() -> None:
    def command(launch: Any) -> list[str]:
        return [launch.python, "-c", "raise SystemExit('no luck')"]

    with pytest.raises(ServerError, match="no luck"):
        fuzz_wire(Target(replace(REFERENCE, name="broken", command=command)), Settings(max_examples=1))


def test_scenarios_are_plain_data_and_follow_from_their_seed() -> None:
    seen = set()
    for number in range(500):
        drawn = scenario(random.Random(f"0/{number}").randrange)
        assert drawn.to_json() == scenario(random.Random(f"0/{number}").randrange).to_json()
        assert WireScenario.from_json(drawn.to_json()).to_json() == drawn.to_json()
        seen |= {(step.who, step.act) for step in drawn.steps} | {protocol_of(drawn)}
    assert {"http", "websocket", ("client", "reset"), ("app", "raise"), ("client", "frame")} <= seen
    assert protocol_of(made(LIFESPAN_CASE)) == "lifespan"
    assert {protocol_of(one) for one in curated(("websocket",))} == {"websocket"}


def test_the_simplest_choice_is_a_plain_get() -> None:
    assert scenario(lambda n: 0).steps[0] == Step("client", 0, "request", {})


def test_simpler_leaves_one_thing_out() -> None:
    steps = [
        Step("client", 0, "request", {"method": b"POST", "headers": [(b"a", b"1"), (b"b", b"2")]}),
        Step("app", 0, "send", [{"type": "x"}, {"type": "y"}]),
    ]
    found = list(simpler(steps))
    assert [steps[1]] in found
    assert [steps[0]] in found
    assert [Step("client", 0, "request", {"method": b"POST", "headers": [(b"b", b"2")]}), steps[1]] in found
    assert [steps[0], Step("app", 0, "send", [{"type": "y"}])] in found
    assert steps not in found


def test_what_there_is_no_time_to_see_again_is_told_as_such() -> None:
    search = _Search(Tampered(), Settings(protocols=("http",), max_examples=20, max_time=600.0), None)
    with search.target:
        search._search()
        search.begun -= 600.0
        search._settle()
    done = search.done
    assert (done.wire_findings, done.wire_flaky) == ([], [])
    assert done.unconfirmed == ["wire.http.304-no-body"]
    assert "wire.http.304-no-body" not in done.held
    (words,) = done.left_out
    assert words.startswith("whether wire.http.304-no-body is broken (seen in ")


def test_what_shows_at_once_is_sure_before_anything_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits in vain may take all the time that is left: what was seen again before is told."""

    def takes_all(self: _Search) -> None:
        self.begun -= 600.0

    monkeypatch.setattr(_Search, "_wait", takes_all)
    settings = Settings(protocols=("http",), max_examples=20, max_time=600.0)
    done = fuzz_wire(Tampered(), settings)
    assert [found.finding.rule.id for found in done.wire_findings] == ["wire.http.304-no-body"]
    assert done.unconfirmed == []


class Slow(Tampered):
    """As Tampered; by its own clock each run takes a second, and one with a lifespan of its own two."""

    now = 0.0
    spent = 0.0

    def monotonic(self) -> float:
        return self.now

    def run(self, scenario: WireScenario) -> Record:
        self.spent = 2.0 if scenario.lifespan else 1.0
        self.now += self.spent
        return super().run(scenario)


@pytest.mark.parametrize("small", [True, False])
def test_a_campaign_ends_with_its_time(monkeypatch: pytest.MonkeyPatch, small: bool) -> None:
    """What is found is seen again, and made small, within the time."""
    target = Slow()
    monkeypatch.setattr(campaign, "time", target)
    done = fuzz_wire(target, Settings(protocols=("http",), max_examples=500, max_time=40.0, small=small))
    assert 20.0 <= done.seconds <= 40.0
    assert [found.finding.rule.id for found in done.wire_findings] == ["wire.http.304-no-body"]
