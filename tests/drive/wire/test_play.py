"""Both sides of real servers, played by one list of steps."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from asgisim.drive.wire import record
from asgisim.drive.wire.play import Session, run
from asgisim.drive.wire.record import LIFESPAN, Record
from asgisim.drive.wire.script import Step, WireScenario
from asgisim.model.trace import CANCEL, LEFT, NOTE, RAISE, RECEIVE, RETURN, SCOPE, SEND, SENT, WAIT

EVERY = ["reference", "reference@trio", "uvicorn-h11", "hypercorn@trio", "daphne", "granian", "gunicorn"]
START = {"type": "http.response.start", "status": 200, "headers": [(b"x-y", b"z")]}


@pytest.fixture(scope="module", params=EVERY)
def every(request: pytest.FixtureRequest) -> Iterator[Session]:
    with Session(request.param) as session:
        yield session


@pytest.fixture(scope="module")
def reference() -> Iterator[Session]:
    with Session("reference") as session:
        yield session


def play(session: Session, *steps: tuple[Any, ...], bound: float = 2.0) -> Record:
    return session.run(WireScenario([Step(*step) for step in steps], bound))


def kinds(played: Record, call: int = 0) -> list[str]:
    return [step.kind for step in played.app if step.exchange == call]


def data(played: Record, kind: str, call: int = 0) -> list[Any]:
    return [step.data for step in played.app if step.kind == kind and step.exchange == call]


def test_an_exchange_is_seen_from_both_sides(every: Session) -> None:
    played = play(
        every,
        ("client", 0, "request", {"method": b"POST", "target": b"/a%20b?q=1", "body": b"hello"}),
        ("app", 0, "called"),
        ("app", 0, "body"),
        ("app", 0, "send", [START, {"type": "http.response.body", "body": b"hi"}]),
        ("client", 0, "response"),
        ("app", 0, "return"),
    )
    assert played.facts == []
    [scope] = data(played, SCOPE)
    assert (scope["path"], scope["query_string"], scope["method"]) == ("/a b", b"q=1", "POST")
    assert b"".join(event.get("body", b"") for event in data(played, RECEIVE)) == b"hello"
    assert [event["type"] for event in data(played, SEND)] == ["http.response.start", "http.response.body"]
    assert kinds(played)[-1] == RETURN
    [response] = played.responses()
    assert (response.status, response.body, response.complete) == (200, b"hi", True)
    assert response.values(b"x-y") == [b"z"]
    assert played.pairs == {0: 0}
    times = [step.time for step in played.app]
    assert times == sorted(times)


def test_a_websocket_is_seen_from_both_sides(every: Session) -> None:
    played = play(
        every,
        ("client", 0, "handshake", {"target": b"/ws", "subprotocols": [b"one, two"]}),
        ("app", 0, "called"),
        ("app", 0, "receive"),
        ("app", 0, "send", {"type": "websocket.accept", "subprotocol": "two"}),
        ("client", 0, "response"),
        ("client", 0, "frame", {"opcode": "text", "data": "né".encode()}),
        ("app", 0, "receive"),
        (
            "app",
            0,
            "send",
            [{"type": "websocket.send", "text": "a"}, {"type": "websocket.send", "bytes": b"b"}],
        ),
        ("client", 0, "frames", 2),
        ("app", 0, "send", {"type": "websocket.close", "code": 4001}),
        ("client", 0, "frames", {"count": 1}),
        ("client", 0, "frame", {"opcode": "close", "code": 4001}),
        ("client", 0, "eof", {"bound": 8}),
        ("app", 0, "return"),
    )
    assert played.facts == []
    [handshake] = played.responses()
    assert handshake.status == 101
    assert handshake.values(b"sec-websocket-protocol") == [b"two"]
    assert data(played, RECEIVE)[0] == {"type": "websocket.connect"}
    assert data(played, RECEIVE)[1]["text"] == "né"
    assert [(frame.opcode, frame.data[:2]) for frame in played.frames()] == [
        (1, b"a"),
        (2, b"b"),
        (8, (4001).to_bytes(2, "big")),
    ]


def test_events_sent_at_once_are_seen_from_both_sides(every: Session) -> None:
    pieces = [{"type": "http.response.body", "body": b"%d" % n, "more_body": True} for n in range(4)]
    played = play(
        every,
        ("client", 0, "request", {}),
        ("app", 0, "send", START),
        ("app", 0, "together", pieces),
        ("app", 0, "send", {"type": "http.response.body"}),
        ("app", 0, "return"),
        ("client", 0, "response"),
    )
    steps = [(step.kind, step.data) for step in played.app]
    at_once = [at for at, (kind, told) in enumerate(steps) if kind == NOTE and "together" in told]
    sent = [steps[at + 1][1]["body"] for at in at_once]
    assert len({steps[at][1]["together"] for at in at_once}) == 1
    assert sorted(sent) == [b"0", b"1", b"2", b"3"]
    assert sorted(played.responses()[0].body) == sorted(b"0123")
    assert played.facts == []


def test_the_order_of_steps_is_kept(reference: Session) -> None:
    """The client resets, and then the app sends: the reference server announces 2.5, so send raises."""
    played = play(
        reference,
        ("client", 0, "request", {}),
        ("app", 0, "body"),
        ("app", 0, "send", START),
        ("client", 0, "reset"),
        ("app", 0, "receive"),
        ("app", 0, "send", {"type": "http.response.body", "body": b"x", "more_body": True}),
        ("app", 0, "raise", {"error": "same"}),
    )
    assert kinds(played)[-5:] == [LEFT, RECEIVE, SEND, SENT, RAISE]
    assert data(played, RECEIVE)[-1] == {"type": "http.disconnect"}
    [error] = data(played, SENT)
    assert error["type"].endswith("ClientGone")
    assert "builtins.OSError" in error["above"]
    assert data(played, RAISE)[0]["own"] is False


def test_a_receive_with_a_bound_stays_pending(reference: Session) -> None:
    played = play(
        reference,
        ("client", 0, "request", {"method": b"POST", "headers": [(b"content-length", b"2")]}),
        ("app", 0, "receive", {"bound": 0.05}),
        ("client", 0, "send", b"hi"),
        ("app", 0, "receive"),
        ("app", 0, "receive"),
        ("app", 0, "receive", {"bound": 0.05}),
        ("app", 0, "send", [START, {"type": "http.response.body"}]),
        ("app", 0, "receive"),
        ("app", 0, "return"),
    )
    assert kinds(played) == [SCOPE, WAIT, RECEIVE, RECEIVE, WAIT, SEND, SEND, RECEIVE, RETURN]
    assert data(played, RECEIVE)[0]["body"] == b"hi"
    assert data(played, RECEIVE)[-1] == {"type": "http.disconnect"}


def test_wrong_events_and_odd_values_reach_the_server(reference: Session) -> None:
    played = play(
        reference,
        ("client", 0, "request", {}),
        ("app", 0, "send", [{"type": "http.response.start", "status": "200"}, ["no dict"], {"type": "x"}]),
        ("app", 0, "return"),
        ("client", 0, "response"),
    )
    assert [error["type"].split(".")[-1] for error in data(played, SENT)] == ["WrongEvent"] * 3
    assert data(played, SEND)[1] == ["no dict"]
    assert played.responses()[0].status == 500


def test_segments_pipelining_and_two_connections(reference: Session) -> None:
    done = [START, {"type": "http.response.body", "body": b"1"}]
    played = play(
        reference,
        (
            "client",
            0,
            "request",
            {"method": b"PUT", "chunks": [b"ab", b"c"], "cuts": [1, 20, 60, 90], "pause": 0.01},
        ),
        ("app", 0, "body"),
        ("client", 0, "request", {"target": b"/second"}),
        ("client", 1, "request", {"target": b"/other"}),
        ("app", 1, "called"),
        ("app", 1, "send", done),
        ("client", 1, "response"),
        ("app", 0, "send", done),
        ("app", 0, "return"),
        ("app", 2, "called"),
        ("app", 2, "send", done),
        ("client", 0, "response"),
        ("client", 0, "response"),
    )
    assert b"".join(event["body"] for event in data(played, RECEIVE)) == b"abc"
    assert [data(played, SCOPE, call)[0]["path"] for call in range(3)] == ["/", "/other", "/second"]
    assert played.pairs == {0: 0, 1: 1, 2: 0}
    assert len(played.responses(0)) == 2
    assert len(played.responses(1)) == 1
    assert played.facts == []


def test_half_close_and_what_nobody_reads(reference: Session) -> None:
    played = play(
        reference,
        ("client", 0, "request", {"method": b"POST", "headers": [(b"content-length", b"9")], "body": b"abc"}),
        ("client", 0, "half"),
        ("app", 0, "body"),
        ("app", 0, "return"),
        ("client", 0, "eof"),
        ("client", 1, "send", b"nonsense\r\n\r\n"),
        ("client", 1, "eof"),
    )
    assert data(played, RECEIVE)[-1] == {"type": "http.disconnect"}
    assert data(played, LEFT) == ["half-closed"]
    assert [one.data for one in played.of(1, record.END)] == ["eof"]
    assert played.of(1, record.EXTRA)[0].data.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("name", ["reference", "reference@trio"])
def test_the_call_is_cancelled_and_the_scope_written(name: str) -> None:
    with Session(name) as session:
        played = play(
            session,
            ("client", 0, "request", {}),
            ("app", 0, "put", [["state"], {"k": (1, b"x")}]),
            ("app", 0, "look"),
            ("app", 0, "put", [["missing", "key"], 1]),
            ("app", 0, "wait", 0.01),
        )
        notes = data(played, NOTE)
        assert notes[0] == {"put": ["state"], "value": {"k": (1, b"x")}}
        assert notes[1]["scope"]["state"] == {"k": (1, b"x")}
        assert notes[2]["error"]["type"] == "KeyError"
        if name == "reference":  # on trio a task cannot cancel itself but in a scope of its own
            played = play(session, ("client", 0, "request", {}), ("app", 0, "cancel"))
            assert kinds(played)[-1] == CANCEL


def test_steps_without_sense_do_nothing(reference: Session) -> None:
    played = play(
        reference,
        ("client", 0, "response"),
        ("app", 3, "called", {"bound": 0.05}),
        ("client", 1, "request", {}),
        ("app", 0, "return"),
        ("app", 0, "receive"),
        ("client", 1, "close"),
        ("client", 1, "send", b"x"),
        bound=0.5,
    )
    assert [one.kind for one in played.of(0)] == [record.SKIPPED]
    assert len(played.of(1, record.SKIPPED)) == 1
    assert [fact["what"] for fact in played.facts] == ["no-call"]


def test_a_smuggled_or_unawaited_request_is_told(reference: Session) -> None:
    played = play(
        reference,
        ("client", 0, "request", {"target": b"/one"}),
        ("client", 1, "request", {"target": b"/two"}),
        ("app", 0, "called"),
        ("client", 0, "wait", 0.1),
    )
    assert [fact["what"] for fact in played.facts] == ["unexpected-call"]


@pytest.mark.parametrize("name", ["reference", "uvicorn", "hypercorn", "granian", "gunicorn"])
def test_the_lifespan_is_played(name: str) -> None:
    played = run(
        WireScenario(
            [
                Step("lifespan", 0, "called"),
                Step("lifespan", 0, "receive"),
                Step("lifespan", 0, "put", [["state", "k"], "v"]),
                Step("lifespan", 0, "send", {"type": "lifespan.startup.complete"}),
                Step("client", 0, "request", {"headers": [(b"connection", b"close")]}),
                Step("app", 0, "send", [START, {"type": "http.response.body"}]),
                Step("app", 0, "return"),
                Step("client", 0, "response"),
                Step("client", 0, "eof", {"bound": 4}),
                Step("server", 0, "stop"),
                Step("lifespan", 0, "receive", {"bound": 5}),
                Step("lifespan", 0, "send", {"type": "lifespan.shutdown.complete"}),
                Step("lifespan", 0, "return"),
            ]
        ),
        name,
    )
    assert data(played, RECEIVE, LIFESPAN) == [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    assert data(played, SCOPE)[0]["state"] == {"k": "v"}
    assert played.responses()[0].status == 200
    assert [fact["what"] for fact in played.facts] == ["exit"]


def test_a_failed_startup_ends_the_server() -> None:
    failed = {"type": "lifespan.startup.failed", "message": "no database"}
    steps = [
        Step("lifespan", 0, "receive"),
        Step("lifespan", 0, "send", failed),
        Step("lifespan", 0, "return"),
    ]
    played = run(WireScenario(steps), "reference")
    assert [fact["detail"] for fact in played.facts] == ["by itself, status 3"]
    assert "no database" in played.log


def test_another_interpreter_needs_nothing_of_ours() -> None:
    """The puppet's folder is all that is on the path: an interpreter given by name gets nothing else."""
    with Session("uvicorn-h11", python=sys.executable, loop="asyncio") as session:
        folder = session.controller.folder()
        played = play(
            session, ("client", 0, "request", {}), ("app", 0, "send", [START]), ("app", 0, "return")
        )
        assert kinds(played)[0] == SCOPE
    assert folder
