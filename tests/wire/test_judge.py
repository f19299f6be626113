"""What both sides of a server must agree on: the reference server is clean, tampered records are caught."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from asgisim.drive.wire import record
from asgisim.drive.wire.play import Session
from asgisim.drive.wire.record import LIFESPAN, STOPPING, Heard, Record
from asgisim.model.trace import NOTE, RECEIVE, RETURN, SCOPE, SEND, SENT, WAIT, Trace
from asgisim.model.trace import Step as TraceStep
from asgisim.spec import CATALOGUE, UNSEEN
from asgisim.spec.rules import By, Party
from asgisim.wire import cases
from asgisim.wire.judge import OPEN, TOLD, judge_wire
from asgisim.wire.space import CASES, made


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session("reference") as session:
        yield session


def play(session: Session, name: str) -> Record:
    return session.run(made(CASES[name]))


@pytest.mark.parametrize("name", CASES)
def test_the_reference_server_is_clean(session: Session, name: str) -> None:
    played = play(session, name)
    assert [finding.line() for finding in judge_wire(played).findings] == []
    assert played.facts == []


def alter_scope(played: Record, **changes: Any) -> None:
    for step in played.app:
        if step.kind == SCOPE:
            step.data.update(changes)


def alter_response(played: Record, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(played.responses()[0], name, value)


def alter_frame(played: Record, position: int, **changes: Any) -> None:
    index = [i for i, one in enumerate(played.client) if one.kind == record.FRAME][position]
    heard = played.client[index]
    fields = {**heard.data.to_json(), **changes}
    played.client[index] = Heard(heard.kind, type(heard.data)(**fields), heard.connection, heard.time)


def alter_event(played: Record, kind: str, **changes: Any) -> None:
    for step in played.app:
        if step.kind == RECEIVE and step.data["type"] == kind:
            step.data.update(changes)


def delay(played: Record, kind: str) -> None:
    """The event did not come: its receive waited in vain."""
    for index, step in enumerate(played.app.steps):
        if step.kind == RECEIVE and step.data["type"] == kind:
            played.app.steps[index] = step._replace(kind=WAIT, data=None, time=step.time + 2)


def drop_extra(played: Record, data: bytes) -> None:
    played.client.append(Heard(record.EXTRA, data, 0, 9.0))


FAULTS: list[tuple[str, str, Any]] = [
    ("http.disconnect.after-client-left", "client leaves", lambda r: delay(r, "http.disconnect")),
    ("websocket.disconnect.socket-loss", "websocket, lost", lambda r: delay(r, "websocket.disconnect")),
    ("http.scope.http-version.truth", "http/1.0", lambda r: alter_scope(r, http_version="1.1")),
    ("http.scope.scheme.truth", "get", lambda r: alter_scope(r, scheme="https")),
    ("http.scope.path.percent-decoded", "get", lambda r: alter_scope(r, path="/a%2Fb/%C3%A9")),
    ("http.scope.raw-path.unmodified", "get", lambda r: alter_scope(r, raw_path=b"/a/b/%C3%A9")),
    ("http.scope.query-string.encoded", "get", lambda r: alter_scope(r, query_string=b"?x=%20&y")),
    ("http.scope.headers.duplicates", "headers", lambda r: alter_scope(r, headers=[(b"a", b"1, 2")])),
    (
        "http.scope.headers.value-order",
        "headers",
        lambda r: alter_scope(r, headers=[(b"a", b"2"), (b"a", b"1")]),
    ),
    (
        "http.scope.headers.bytes-unchanged",
        "headers",
        lambda r: alter_scope(r, headers=[(b"b", b"\xc3\xa9")]),
    ),
    ("http.scope.client.host", "get", lambda r: alter_scope(r, client=("nowhere", 1))),
    ("http.scope.server.port", "get", lambda r: alter_scope(r, server=("127.0.0.1", 1))),
    ("http.request.body.complete", "post", lambda r: alter_event(r, "http.request", body=b"")),
    ("http.request.body.dechunked", "chunked", lambda r: alter_event(r, "http.request", body=b"0\r\n")),
    ("http.response.body.concatenated", "get", lambda r: alter_response(r, body=b"more ")),
    ("http.response.start.headers.duplicates", "get", lambda r: alter_response(r, headers=[(b"x-a", b"1")])),
    (
        "http.response.start.headers.any-iterable",
        "get",
        lambda r: alter_response(r, headers=[(b"x-a", b"1")]),
    ),
    (
        "wire.http.set-cookie-apart",
        "cookies",
        lambda r: alter_response(r, headers=[(b"set-cookie", b"a=1, b=2")]),
    ),
    ("wire.http.date", "get", lambda r: alter_response(r, headers=[])),
    ("robust.date-twice", "get", lambda r: r.responses()[0].headers.append((b"date", b"now"))),
    (
        "robust.date-twice",
        "websocket",
        lambda r: r.responses()[0].headers.extend([(b"date", b"now"), (b"Date", b"now")]),
    ),
    ("wire.http.head-no-body", "head", lambda r: drop_extra(r, b"last")),
    ("wire.http.204-no-body", "204", lambda r: alter_response(r, headers=[(b"content-length", b"0")])),
    ("wire.http.205-no-content", "205", lambda r: alter_response(r, body=b"last")),
    ("wire.http.304-no-body", "304", lambda r: drop_extra(r, b"last")),
    ("wire.http.length-exact", "length", lambda r: drop_extra(r, b"!")),
    (
        "wire.http.one-framing",
        "length",
        lambda r: r.responses()[0].headers.append((b"transfer-encoding", b"chunked")),
    ),
    (
        "wire.http.chunked-not-to-http10",
        "http/1.0",
        lambda r: r.responses()[0].headers.append((b"transfer-encoding", b"chunked")),
    ),
    ("wire.http.abort-visible", "raise half way", lambda r: alter_response(r, complete=True, broken="")),
    (
        "wire.ws.accept-hash",
        "websocket",
        lambda r: alter_response(r, headers=[(b"sec-websocket-accept", b"x")]),
    ),
    ("websocket.accept.subprotocol.sent", "websocket", lambda r: alter_response(r, headers=[])),
    ("websocket.scope.subprotocols.truth", "websocket", lambda r: alter_scope(r, subprotocols=[])),
    ("websocket.scope.path.decoded", "websocket", lambda r: alter_scope(r, path="/caf%C3%A9")),
    (
        "websocket.server.fragments-joined",
        "websocket",
        lambda r: alter_event(r, "websocket.receive", text="caf"),
    ),
    ("wire.ws.pong", "websocket", lambda r: alter_frame(r, 0, data=b"")),
    ("websocket.send.mode", "websocket", lambda r: alter_frame(r, 1, opcode=2)),
    ("websocket.send.order", "websocket", lambda r: alter_frame(r, 2, data=b"y")),
    ("wire.ws.length-minimal", "websocket", lambda r: alter_frame(r, 2, form=8)),
    ("wire.ws.server-unmasked", "websocket", lambda r: alter_frame(r, 2, masked=True)),
    ("websocket.close.code.default", "websocket, closed", lambda r: alter_frame(r, 0, data=b"\x03\xe9")),
    (
        "websocket.disconnect.code.from-frame",
        "websocket",
        lambda r: alter_event(r, "websocket.disconnect", code=1006),
    ),
    (
        "websocket.disconnect.reason.from-frame",
        "websocket",
        lambda r: alter_event(r, "websocket.disconnect", reason=""),
    ),
    (
        "websocket.disconnect.code.1005",
        "websocket, no code",
        lambda r: alter_event(r, "websocket.disconnect", code=1000),
    ),
    (
        "websocket.disconnect.code.1006",
        "websocket, lost",
        lambda r: alter_event(r, "websocket.disconnect", code=1005),
    ),
    ("websocket.close.before-accept-403", "websocket, refused", lambda r: alter_response(r, status=500)),
    ("websocket.connect.no-answer", "websocket, no answer", lambda r: alter_response(r, status=200)),
]


@pytest.mark.parametrize(("rule", "name", "fault"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_fault_is_caught_by_its_rule(session: Session, rule: str, name: str, fault: Any) -> None:
    played = play(session, name)
    fault(played)
    assert rule in judge_wire(played).broken


@pytest.mark.parametrize("told", [True, False])
def test_a_shutdown_that_never_comes_is_told(told: bool) -> None:
    shutdown = TraceStep(RECEIVE, {"type": "lifespan.shutdown"}, LIFESPAN, 1.0)
    steps = [
        TraceStep(SCOPE, {"type": "lifespan", "asgi": {"version": "3.0"}}, LIFESPAN, 0.0),
        TraceStep(RECEIVE, {"type": "lifespan.startup"}, LIFESPAN, 0.1),
        TraceStep(SEND, {"type": "lifespan.startup.complete"}, LIFESPAN, 0.2),
        TraceStep(NOTE, STOPPING, LIFESPAN, 0.5),
        shutdown if told else TraceStep(WAIT, None, LIFESPAN, 3.0),
    ]
    report = judge_wire(Record(app=Trace(steps)))
    assert ("lifespan.shutdown.sent" in report.broken) is not told
    assert ("lifespan.shutdown.sent" in report.held) is told


@pytest.mark.parametrize(
    ("waited", "ended", "gone"), [(4.0, 1.5, True), (2.0, 1.5, True), (4.0, 0, True), (4.0, 1.5, False)]
)
def test_a_call_may_hold_the_shutdown_up_until_it_ends(waited: float, ended: float, gone: bool) -> None:
    """A shutdown that does not come when the last call has ended and its client has gone is missing."""
    call = [TraceStep(SCOPE, {"type": "http"}, 0, 0.3)] + [TraceStep(RETURN, None, 0, ended)] * bool(ended)
    steps = [
        TraceStep(SCOPE, {"type": "lifespan", "asgi": {"version": "3.0"}}, LIFESPAN, 0.0),
        TraceStep(RECEIVE, {"type": "lifespan.startup"}, LIFESPAN, 0.1),
        TraceStep(SEND, {"type": "lifespan.startup.complete"}, LIFESPAN, 0.2),
        TraceStep(NOTE, STOPPING, LIFESPAN, 0.5),
        *call,
        TraceStep(WAIT, None, LIFESPAN, waited),
    ]
    client = [Heard(record.CONNECTED, {}, 0, 0.3)] + [Heard(record.CLOSED, "close", 0, 1.6)] * gone
    report = judge_wire(Record(app=Trace(steps), client=client, pairs={0: 0}))
    broken = "lifespan.shutdown.sent" in report.broken
    assert broken is (waited == 4.0 and bool(ended) and gone)


def test_a_receive_that_raises_when_the_client_has_left_is_no_disconnect(session: Session) -> None:
    played = play(session, "websocket, gone")
    (gone,) = [i for i, s in enumerate(played.app) if s.kind == RECEIVE and "disconnect" in s.data["type"]]
    error = {"type": "RuntimeError", "text": "flow error", "above": []}
    played.app.steps[gone] = played.app.steps[gone]._replace(
        kind=NOTE, data={"failed": "receive", "error": error}
    )
    assert judge_wire(played).broken == ["websocket.disconnect.socket-loss"]


def test_headers_that_http_allows_have_to_be_taken(session: Session) -> None:
    played = session.run(made(cases.CASES["odd values in headers"]))
    assert judge_wire(played).broken == []
    (start,) = [i for i, s in enumerate(played.app) if s.kind == SEND and s.data["type"].endswith("start")]
    error = {"type": "RuntimeError", "text": "Invalid HTTP header value.", "above": []}
    played.app.steps.insert(start + 1, played.app.steps[start]._replace(kind=SENT, data=error))
    assert "http.response.start.headers.any-iterable" in judge_wire(played).broken


def test_a_date_that_stands_still_is_told(session: Session) -> None:
    played = session.run(made(cases.CASES["time goes by"]))
    assert judge_wire(played).broken == []
    first, second = played.responses()
    second.headers = [(n, v) for n, v in second.headers if n.lower() != b"date"]
    second.headers.append((b"date", first.values(b"date")[0]))
    assert judge_wire(played).broken == ["robust.date-stands-still"]


def test_who_closes_when_asked_to_says_so(session: Session) -> None:
    played = session.run(made(cases.CASES["the client says close"]))
    assert judge_wire(played).broken == []
    (one,) = played.responses()
    one.headers = [(name, value) for name, value in one.headers if name.lower() != b"connection"]
    assert judge_wire(played).broken == ["robust.close-said"]
    (end,) = [i for i, heard in enumerate(played.client) if heard.kind == record.END]
    played.client[end] = Heard(record.NOTHING, "end", 0, played.client[end].time)
    assert judge_wire(played).broken == ["wire.http.connection-close"]


@pytest.mark.parametrize("late", [True, False])
def test_a_connection_may_be_given_up_while_it_is_idle(session: Session, late: bool) -> None:
    played = session.run(made(cases.CASES["time goes by"] if late else CASES["pipelined"]))
    (last,) = [i for i, one in enumerate(played.client) if one.data is played.responses()[1]]
    played.client[last] = Heard(record.END, "eof", 0, played.client[last].time)
    played.app.steps[:] = [step for step in played.app if step.exchange != 1]
    del played.pairs[1]
    assert ("wire.http.persistence" in judge_wire(played).broken) is not late


def test_a_close_may_wait_for_its_echo_while_a_receive_waits(session: Session) -> None:
    played = session.run(made(cases.CASES["the app closes while it receives"]))
    assert judge_wire(played).broken == []
    (close,) = [i for i, s in enumerate(played.app) if s.kind == SEND and s.data["type"].endswith("close")]
    blocked = played.app.steps[close]._replace(kind=SENT, data="blocked")
    played.app.steps.insert(close, blocked)
    assert judge_wire(played).broken == []


def test_every_rule_for_servers_is_looked_at_or_has_its_reason() -> None:
    over_sockets = {
        rule.id for rule in CATALOGUE.values() if rule.by is By.WIRE and rule.party is not Party.APP
    }
    # Two runs compared are the campaign's to judge, not one run's.
    over_sockets = {rule for rule in over_sockets if not rule.startswith("equal.")}
    assert over_sockets - TOLD.keys() == UNSEEN.keys()
    assert not TOLD.keys() & UNSEEN.keys()
    assert all(UNSEEN.values())
    assert OPEN.keys() <= CATALOGUE.keys()


@pytest.mark.parametrize("server", [["a path", None], ["another", None]])
def test_the_server_of_a_unix_socket_is_its_path(server: list[Any], tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": "/",
    }
    scope |= {
        "headers": [],
        "query_string": b"",
        "server": [path if server[0] == "a path" else "another", None],
    }
    client = [
        Heard(record.CONNECTED, {"local": "", "peer": path}, 0, 0.0),
        Heard(record.REQUEST, {"raw": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"}, 0, 0.1),
    ]
    played = Record(app=Trace([TraceStep(SCOPE, scope, 0, 0.2)]), client=client, pairs={0: 0})
    report = judge_wire(played)
    assert ("http.scope.server.unix" in report.broken) is (server[0] != "a path")


ODD: list[Any] = [None, [], {}, 1, "http", {"type": 1}, {"type": "http"}, {"type": "websocket", "headers": 5}]
EVENTS: list[Any] = [
    None,
    7,
    {},
    {"type": None},
    {"type": "http.request", "body": 3},
    {"type": "websocket.receive"},
]


@pytest.mark.parametrize("scope", ODD)
@pytest.mark.parametrize("event", EVENTS)
def test_the_judge_lives_through_whatever_a_server_gives(session: Session, scope: Any, event: Any) -> None:
    for name in ("post", "websocket", "client leaves"):
        played = play(session, name)
        steps = played.app.steps
        for index, step in enumerate(steps):
            if step.kind == SCOPE:
                steps[index] = step._replace(data=scope)
            elif step.kind == RECEIVE:
                steps[index] = step._replace(data=event)
        judge_wire(played)
