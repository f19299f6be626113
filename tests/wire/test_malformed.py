"""Requests, handshakes and frames that are wrong in one way: made from choices, read by the judge, played."""

from __future__ import annotations

import random

import pytest

from asgisim.drive.wire.play import Session
from asgisim.drive.wire.record import RESPONSE
from asgisim.drive.wire.script import WireScenario
from asgisim.wire import malformed
from asgisim.wire.judging.asked import read
from asgisim.wire.space import made
from asgisim.wire.sweep import swept


def simplest(n: int) -> int:
    return 0


@pytest.mark.parametrize("kind", malformed.KINDS)
def test_each_kind_makes_bytes_out_of_choices(kind: str) -> None:
    build = malformed.KINDS[kind]
    seen = {build(random.Random(number).randrange) for number in range(200)}
    assert len(seen) >= 5 if kind != "chunks in HTTP/1.0" else len(seen) == 2
    assert build(simplest) == build(simplest)


def test_each_single_fault_is_swept_once_and_is_plain_data() -> None:
    every = [one.to_json() for one in swept()]
    assert len(every) >= 250
    for data in every:
        assert WireScenario.from_json(data).to_json() == data
    texts = [str(data) for data in every]
    assert len(set(texts)) >= len(texts) - 20  # "plain" appears as the simplest of some kinds


def test_a_short_sweep_has_each_rule() -> None:
    rules: set[str] = set()
    for one in swept(("http",))[:45]:
        rules |= {rule for asked in read(one.steps[0].arg["data"]) for rule in asked.faults}
    assert {f"wire.req.{rule}" for rule in REACHED} <= rules


# The rules of the judge that a single request is wrong by: the mutator reaches each of them.
REACHED = (
    *("te-and-length", "length-conflict", "length-syntax", "te-unknown", "te-not-last", "te-http10"),
    *("chunk-size", "space-before-colon", "obs-fold", "control-bytes", "bare-cr", "bare-lf", "host-missing"),
    *("host-many", "method-token", "version", "limits"),
)


def test_the_mutator_reaches_the_classes_that_the_judge_knows() -> None:
    faults: set[str] = set()
    odd: set[str] = set()
    for one in swept(("http",)):
        data = one.steps[0].arg["data"]
        asked = read(data)
        if asked and len(asked[-1].faults) == 1:
            faults |= asked[-1].faults
        odd |= asked[-1].odd if asked else set()
    assert {"robust.host-invalid", *(f"wire.req.{name}" for name in REACHED)} <= faults
    assert {"wire.req.leading-crlf", "wire.req.chunk-extension", "wire.req.absolute-form"} <= odd
    assert {"wire.req.chunk-trailers"} <= odd


def test_cuts_are_places_inside() -> None:
    for number in range(300):
        told = malformed.cuts(random.Random(number).randrange, 50)
        assert all(0 < cut < 50 for cut in told.get("cuts", ()))
    assert malformed.cuts(simplest, 50) == {}


def test_bad_requests_leave_the_server_at_work() -> None:
    plain = made([("client", 0, "send", {"data": malformed.head()}), *malformed.ANSWER])
    with Session("reference") as session:
        for kind in malformed.KINDS.values():
            steps = [("client", 0, "send", {"data": kind(simplest)}), *malformed.ANSWER]
            session.run(WireScenario(made(steps).steps, 0.3))
        played = session.run(plain)
    assert [one.data.status for one in played.client if one.kind == RESPONSE] == [200]
