"""HTTP/2 on the servers that have it: each client of a scenario is a stream of one connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from asgisim.drive.wire import record
from asgisim.drive.wire.http2 import fields
from asgisim.drive.wire.play import Session
from asgisim.drive.wire.record import Record
from asgisim.drive.wire.script import WireScenario
from asgisim.model.trace import LEFT, RECEIVE, SCOPE
from asgisim.wire import cases, streams
from asgisim.wire.judge import judge_wire

SERVERS = [("hypercorn", True), ("hypercorn@trio", False), ("granian", True), ("granian", False)]
NAMES = dict(zip(cases.STREAMS, streams.curated(), strict=True))


@pytest.fixture(scope="module", params=SERVERS, ids=lambda one: f"{one[0]}{'-tls' if one[1] else ''}")
def every(request: pytest.FixtureRequest) -> Iterator[Session]:
    name, tls = request.param
    with Session(name, tls=tls) as session:
        yield session


@pytest.fixture(scope="module")
def hypercorn() -> Iterator[Session]:
    with Session("hypercorn") as session:
        yield session


def play(session: Session, name: str) -> Record:
    return session.run(NAMES[name])


def scopes(played: Record) -> dict[int, Any]:
    return {step.exchange: step.data for step in played.app if step.kind == SCOPE}


def test_a_request_becomes_a_scope(every: Session) -> None:
    played = play(every, "one stream")
    (scope,) = scopes(played).values()
    assert scope["http_version"] == "2"
    assert scope["scheme"] == ("https" if every._tls else "http")
    assert (scope["path"], scope["query_string"]) == ("/a/b/\u00e9", b"x=%20&y")
    assert scope["headers"][0] == (b"host", b"localhost") or scope["headers"][0] == [b"host", b"localhost"]
    (response,) = played.responses()
    assert (response.status, response.body, response.complete) == (200, b"more last", True)
    assert response.values(b"x-b") == [b"2"]
    held = judge_wire(played).held
    assert {
        "http.scope.headers.authority-to-host",
        "http.scope.http-version.truth",
        "wire.h2.lowercase",
    } <= set(held)


@pytest.mark.parametrize("name", ["a body in frames", "a body with a length", "bodies in turns"])
def test_bodies_come_whole(every: Session, name: str) -> None:
    played = play(every, name)
    report = judge_wire(played)
    assert "http.request.body.complete" in report.held
    for number in played.pairs.values():
        assert played.responses(number)[0].complete


def test_several_streams_at_once(every: Session) -> None:
    played = play(every, "three at once, answered backwards")
    assert {f"/{number}" for number in range(3)} == {scope["path"] for scope in scopes(played).values()}
    for call, number in played.pairs.items():
        assert scopes(played)[call]["path"] == f"/{number}"
        assert played.responses(number)[0].body == (b"first", b"second", b"third")[call]
    assert {"http.scope.h2-separate", "http.scope.h2-streams-matched"} <= set(judge_wire(played).held)


def test_a_reset_stream_is_a_disconnect_and_the_others_go_on(every: Session) -> None:
    played = play(every, "a stream is reset while another goes on")
    left = next(step.exchange for step in played.app if step.kind == LEFT)
    assert played.pairs[left] == 0
    told = [step.data["type"] for step in played.app if step.kind == RECEIVE and step.exchange == left]
    assert told[-1] == "http.disconnect"
    (other,) = played.responses(1)
    assert other.complete


def test_the_end_of_the_connection_is_a_disconnect_for_each_stream(every: Session) -> None:
    played = play(every, "the connection ends under two streams")
    assert [one.kind for one in played.client if one.kind == record.CLOSED] == [record.CLOSED] * 2
    for call in (0, 1):
        told = [step.data["type"] for step in played.app if step.kind == RECEIVE and step.exchange == call]
        assert told[-1] == "http.disconnect"


def test_a_promise_is_a_call_of_its_own(hypercorn: Session) -> None:
    played = play(hypercorn, "a promise")
    (push,) = played.of(0, record.PUSH)
    assert dict(push.data["fields"])[b":path"] == b"/pushed"
    assert played.responses(50)[0].body == b"pushed"
    wanted = {"ext.push.listed", "ext.push.attempted", "ext.push.authority", "ext.push.new-instance"}
    assert wanted <= set(judge_wire(played).held)
    push.data["fields"] = [(b":authority", b"another")]
    played.pairs = {call: number for call, number in played.pairs.items() if number == 0}
    assert {"ext.push.authority", "ext.push.new-instance"} <= set(judge_wire(played).broken)
    played.client.remove(push)
    assert "ext.push.attempted" in judge_wire(played).broken


def test_early_hints_and_trailers(hypercorn: Session) -> None:
    (response,) = play(hypercorn, "early hints").responses()
    assert response.informational[0][0] == 103
    (response,) = play(hypercorn, "trailers").responses()
    assert response.trailers == [(b"x-trailer", b"1")]


def broken(played: Record) -> set[str]:
    return set(judge_wire(played).broken)


def test_faults_are_caught_by_their_rules(hypercorn: Session) -> None:
    played = play(hypercorn, "one stream")
    assert broken(played) == set()
    (response,) = played.responses()
    response.headers += [(b"X-Upper", b"1"), (b"connection", b"close")]
    assert broken(played) == {"wire.h2.lowercase", "wire.h2.no-connection-headers"}
    played = play(hypercorn, "one stream")
    scope = scopes(played)[0]
    scope["http_version"], scope["headers"] = "1.1", scope["headers"][1:]
    assert {"http.scope.http-version.truth", "http.scope.headers.authority-to-host"} <= broken(played)
    played = play(hypercorn, "head")
    played.responses()[0].body = b"last"
    assert broken(played) == {"wire.http.head-no-body"}
    played = play(hypercorn, "three at once, answered backwards")
    one, two = played.responses(0)[0], played.responses(1)[0]
    one.body, two.body = two.body, one.body
    assert "http.scope.h2-streams-matched" in broken(played)
    played = play(hypercorn, "one after the other")
    first, second = scopes(played).values()
    second.update({key: first[key] for key in ("path", "raw_path")})
    assert "http.scope.h2-separate" in broken(played)


def test_the_fields_of_a_request() -> None:
    told = {
        "method": b"POST",
        "headers": [(b"Host", b"a"), (b"X-A", b"1"), (b"Connection", b"close")],
        "body": b"ab",
    }
    assert fields(told, b"https", 3) == [
        *((b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"/")),
        *((b"x-a", b"1"), (b"content-length", b"2"), (b"x-asgisim-stream", b"3")),
    ]
    assert (b":authority", b"localhost") in fields({}, b"http")
    assert all(name != b":authority" for name, _ in fields({"host": None}, b"http"))


def test_scenarios_are_written_and_read() -> None:
    one = NAMES["a promise"]
    assert one.to_json()["http2"] is True
    assert WireScenario.from_json(one.to_json()) == one
    assert one.changed(bound=1.0).http2
    with pytest.raises(ValueError, match="http2: expected true or false"):
        WireScenario.from_json({"wire": [], "http2": 1})


def test_a_server_without_it_refuses() -> None:
    with Session("uvicorn-h11", tls=True) as session:
        played = play(session, "one stream")
    assert [one.kind for one in played.client][:1] == [record.REFUSED]
    assert "and not h2" in played.client[0].data or "handshake" in played.client[0].data.lower()
