"""Equal bytes, equal outcome: the spellings, and what tells two outcomes apart."""

from __future__ import annotations

import random
from typing import Any

from asgisim.drive.wire.play import Session
from asgisim.drive.wire.record import RESPONSE, Record
from asgisim.drive.wire.script import WireScenario
from asgisim.fuzz.settings import Settings
from asgisim.servers import SERVERS
from asgisim.wire import equal
from asgisim.wire.campaign import fuzz_wire
from asgisim.wire.space import CASES, curated, made, scenario
from asgisim.wire.target import Target


def spelled(name: str) -> dict[str, WireScenario]:
    return dict(equal.spellings(made(CASES[name])))


def test_segments() -> None:
    whole = spelled("cuts")[equal.SEGMENTS].steps[0].arg
    assert "cuts" not in whole
    cut = spelled("get")[equal.SEGMENTS].steps[0].arg
    assert cut["cuts"]


def test_pipelined_requests_one_by_one() -> None:
    steps = spelled("pipelined")[equal.PIPELINED].steps
    acts = [(step.who, step.act) for step in steps if step.who == "client"]
    assert acts == [("client", "request"), ("client", "response")] * 2


def test_fragments_whole() -> None:
    frames = [step.arg for step in spelled("websocket")[equal.FRAGMENTS].steps if step.act == "frame"]
    assert {"opcode": "text", "data": b"caf\xc3\xa9"} in frames
    assert not any(frame.get("fin") is False for frame in frames)


def test_what_leaves_something_to_chance_has_no_other_spelling() -> None:
    for name in ("client leaves", "truncated", "websocket, lost"):
        assert spelled(name) == {}
    assert not any(dict(equal.spellings(one)) for one in curated(("lifespan",)))


def test_the_reference_server_treats_equal_things_equally() -> None:
    seen = set()
    with Session("reference") as session:
        drawn = [scenario(random.Random(f"5/{number}").randrange) for number in range(60)]
        for one in (*curated(("http", "websocket")), *drawn):
            for rule, other in equal.spellings(one):
                seen.add(rule)
                first, second = (session.run(WireScenario(each.steps, 0.5)) for each in (one, other))
                assert equal.difference(first, second) == ""
    assert seen == {equal.SEGMENTS, equal.PIPELINED, equal.FRAGMENTS}


class Torn(Target):
    """The reference server, with an answer that depends on the segments."""

    def run(self, scenario: WireScenario) -> Record:
        played = super().run(scenario)
        cut = any(isinstance(step.arg, dict) and step.arg.get("cuts") for step in scenario.steps)
        for one in played.client:
            if one.kind == RESPONSE and cut:
                one.data.body += b"!"
        return played


def test_a_server_that_does_not_is_told() -> None:
    settings: dict[str, Any] = {"protocols": ("http",), "max_examples": 9, "max_time": 10.0}
    done = fuzz_wire(Torn(SERVERS["reference"]), Settings(only=(equal.SEGMENTS,), **settings))
    (found,) = done.wire_findings
    assert found.finding.rule.id == equal.SEGMENTS
    assert "became" in found.finding.detail
    assert len(found.scenario.steps) <= 3
