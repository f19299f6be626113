"""Ends that come too late, too early or not at all, in records made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from asgisim.drive.wire import frames, record
from asgisim.drive.wire.frames import Frame
from asgisim.drive.wire.http import Response
from asgisim.drive.wire.record import LIFESPAN, STOPPING, Heard, Record
from asgisim.model.trace import LEFT, NOTE, RECEIVE, RETURN, SCOPE, SEND, SENT, WAIT, Trace
from asgisim.model.trace import Step as TraceStep
from asgisim.wire.judge import judge_wire

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + frames.KEY + b"\r\n\r\n"
)
LINES = [
    *((b"upgrade", b"websocket"), (b"connection", b"Upgrade"), (b"date", b"x")),
    (b"sec-websocket-accept", frames.proof(frames.KEY)),
]
START = {"type": "http.response.start", "status": 200, "headers": [(b"x-a", b"1")]}
ENDS = {"local": ("127.0.0.1", 1), "peer": ("127.0.0.1", 2)}
ERROR = {"type": "RuntimeError", "text": "no", "above": []}


def scope(kind: str, edition: str = "2.5") -> dict[str, Any]:
    """A scope that is right for `HANDSHAKE`, or for a plain GET."""
    lines = [line.split(b": ") for line in HANDSHAKE.split(b"\r\n")[1:] if line]
    headers = [[name.lower(), value] for name, value in lines]
    told: dict[str, Any] = {"type": kind, "asgi": {"version": "3.0", "spec_version": edition}, "path": "/"}
    told |= {"http_version": "1.1", "query_string": b"", "headers": headers, "raw_path": b"/"}
    return told | ({"subprotocols": []} if kind == "websocket" else {"method": "GET", "headers": headers[:1]})


def answer(status: int, **rest: Any) -> Response:
    return Response(status=status, version="1.1", complete=True, raw=b"HTTP/1.1 %d \r\n\r\n" % status, **rest)


def opened(*app: TraceStep) -> Record:
    """An accepted WebSocket, whose app goes on so."""
    client = [
        Heard(record.CONNECTED, ENDS, 0, 0.0),
        Heard(record.REQUEST, {"raw": HANDSHAKE}, 0, 0.0),
        Heard(record.RESPONSE, answer(101, headers=LINES), 0, 0.3),
    ]
    steps = [
        TraceStep(SCOPE, scope("websocket"), 0, 0.1),
        TraceStep(RECEIVE, {"type": "websocket.connect"}, 0, 0.2),
        TraceStep(SEND, {"type": "websocket.accept"}, 0, 0.25),
    ]
    return Record(app=Trace([*steps, *app]), client=client, pairs={0: 0})


def closes(at: float, ours: bool) -> Heard:
    if ours:
        return Heard(record.FRAME_OUT, {"opcode": "close", "data": b"\x03\xe8", "raw": b""}, 0, at)
    return Heard(record.FRAME, Frame(8, b"\x03\xe8", True, False, 0, 1), 0, at)


@pytest.mark.parametrize("late", [0.5, 2.0])
def test_the_connection_ends_soon_after_both_close_frames(late: float) -> None:
    played = opened(TraceStep(SEND, {"type": "websocket.close"}, 0, 0.4), TraceStep(RETURN, None, 0, 3.0))
    played.client += [closes(0.5, False), closes(0.6, True), Heard(record.NOTHING, "frame", 0, 0.6 + late)]
    played.client.append(Heard(record.END, "eof", 0, 3.0))
    assert ("wire.ws.tcp-close" in judge_wire(played).broken) is (late == 2.0)


@pytest.mark.parametrize("echoed", [True, False])
def test_the_app_is_told_when_both_sides_have_closed(echoed: bool) -> None:
    played = opened(TraceStep(WAIT, None, 0, 2.5))
    played.client += [closes(0.4, True)] + [closes(0.5, False)] * echoed
    broken = judge_wire(played).broken
    assert ("websocket.disconnect.client-close" in broken) is echoed


@pytest.mark.parametrize("status", [403, 0])
def test_a_refusal_that_send_is_still_at_work_on_is_looked_at(status: int) -> None:
    played = opened()
    close = {"type": "websocket.close"}
    played.app.steps[2:] = [
        TraceStep(NOTE, {"sending": close}, 0, 0.5),
        TraceStep(SENT, "blocked", 0, 0.5),
        TraceStep(RETURN, None, 0, 0.6),
    ]
    made = answer(403, headers=[(b"date", b"x")]) if status else Response(raw=b"\x88\x02\x03\xe8")
    played.client[2] = Heard(record.RESPONSE, made, 0, 0.6)
    broken = judge_wire(played).broken
    assert ("websocket.close.before-accept-403" in broken) is (not status)
    assert "websocket.connect.no-answer" not in broken


@pytest.mark.parametrize(
    ("text", "log", "told"), [("no", "", True), ("asgisim: x", "", False), ("no", "x", False)]
)
@pytest.mark.parametrize("phase", ["startup", "shutdown"])
def test_a_failure_that_send_refuses_is_heard_of_all_the_same(
    phase: str, text: str, log: str, told: bool
) -> None:
    steps = [
        TraceStep(SCOPE, {"type": "lifespan", "asgi": {"version": "3.0"}}, LIFESPAN, 0.0),
        TraceStep(RECEIVE, {"type": "lifespan.startup"}, LIFESPAN, 0.1),
    ]
    if phase == "shutdown":
        steps += [
            TraceStep(SEND, {"type": "lifespan.startup.complete"}, LIFESPAN, 0.2),
            TraceStep(NOTE, STOPPING, LIFESPAN, 0.3),
            TraceStep(RECEIVE, {"type": "lifespan.shutdown"}, LIFESPAN, 0.4),
        ]
    steps += [
        TraceStep(SEND, {"type": f"lifespan.{phase}.failed", "message": "x"}, LIFESPAN, 0.5),
        TraceStep(SENT, {**ERROR, "text": text}, LIFESPAN, 0.5),
        TraceStep(RETURN, None, LIFESPAN, 0.6),
    ]
    broken = judge_wire(Record(app=Trace(steps), log=log)).broken
    assert (f"lifespan.{phase}.failed.logged" in broken) is told


def refused(raw: bytes, *came: Heard) -> list[str]:
    client = [Heard(record.CONNECTED, ENDS, 0, 0.0), Heard(record.WROTE, raw, 0, 0.0), *came]
    return judge_wire(Record(client=client)).broken


@pytest.mark.parametrize("end", ["eof", "reset"])
def test_where_a_400_is_asked_for_an_end_alone_is_no_answer(end: str) -> None:
    raw = b"GET / HTTP/1.1\r\n\r\n"
    broken = refused(raw, Heard(record.END, end, 0, 0.1))
    # A reset may have destroyed what was on its way.
    assert broken == (["wire.req.host-missing"] if end == "eof" else [])


@pytest.mark.parametrize(("status", "broken"), [(400, ["common.app.called-once"]), (200, [])])
def test_who_does_not_speak_http2_takes_no_offence_at_being_asked(status: int, broken: list[str]) -> None:
    raw = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    made = answer(status, headers=[(b"date", b"x")])
    assert refused(raw, Heard(record.RESPONSE, made, 0, 0.1)) == broken


@pytest.mark.parametrize("twice", [True, False])
def test_a_connection_is_not_given_up_while_the_app_is_at_work(twice: bool) -> None:
    raw = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    made = answer(200, headers=[(b"x-a", b"1"), (b"date", b"x"), (b"content-length", b"0")])
    client = [Heard(record.CONNECTED, ENDS, 0, 0.0)]
    steps: list[TraceStep] = []
    for call in range(1 + twice):
        client.append(Heard(record.REQUEST, {"raw": raw}, 0, 0.1))
        steps += [TraceStep(SCOPE, scope("http"), call, 0.2), TraceStep(SEND, START, call, 0.3 + call)]
        last = TraceStep(SEND, {"type": "http.response.body"}, call, 0.3 + call)
        steps += [last, TraceStep(RETURN, None, call, 0.4 + call)]
        client.append(Heard(record.RESPONSE, made, 0, 0.5 + call))
    client[-1] = Heard(record.END, "eof", 0, 1.5)
    steps.insert(-2, TraceStep(SENT, ERROR, steps[-1].exchange, steps[-2].time))
    broken = judge_wire(
        Record(app=Trace(steps), client=client, pairs=dict.fromkeys(range(1 + twice), 0))
    ).broken
    # Where nobody else was free to send the same, it may be for the headers.
    assert ("wire.http.persistence" in broken) is twice
    assert ("http.response.start.headers.any-iterable" in broken) is not twice


@pytest.mark.parametrize(("kind", "broken"), [("start", True), ("body", False)])
def test_what_may_begin_an_answer_meets_no_other_error_when_the_client_has_left(
    kind: str, broken: bool
) -> None:
    event = START if kind == "start" else {"type": "http.response.body"}
    steps = [
        TraceStep(SCOPE, scope("http"), 0, 0.1),
        TraceStep(LEFT, "closed", 0, 0.2),
        TraceStep(SEND, event, 0, 0.4),
        TraceStep(SENT, ERROR, 0, 0.4),
        TraceStep(RETURN, None, 0, 0.5),
    ]
    client = [
        Heard(record.CONNECTED, ENDS, 0, 0.0),
        Heard(record.REQUEST, {"raw": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"}, 0, 0.0),
        Heard(record.CLOSED, "close", 0, 0.2),
    ]
    told = judge_wire(Record(app=Trace(steps), client=client, pairs={0: 0})).broken
    assert ("http.send.closed.oserror" in told) is broken


@pytest.mark.parametrize(
    ("sent", "rule"), [(0.2, "wire.req.pipeline-order"), (0.8, "http.scope.one-per-request")]
)
def test_a_request_without_a_call_is_told_as_pipelined_if_it_was(sent: float, rule: str) -> None:
    raw = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    made = answer(200, headers=[(b"x-a", b"1"), (b"date", b"x"), (b"content-length", b"0")])
    client = [
        Heard(record.CONNECTED, ENDS, 0, 0.0),
        Heard(record.REQUEST, {"raw": raw}, 0, 0.1),
        Heard(record.RESPONSE, made, 0, 0.6),
        Heard(record.NOTHING, "response", 0, 3.0),
    ]
    client.insert(2 if sent < 0.6 else 3, Heard(record.REQUEST, {"raw": raw}, 0, sent))
    steps = [
        TraceStep(SCOPE, scope("http"), 0, 0.3),
        TraceStep(SEND, START, 0, 0.4),
        TraceStep(SEND, {"type": "http.response.body"}, 0, 0.4),
        TraceStep(RETURN, None, 0, 0.5),
    ]
    facts = [{"what": "no-call", "detail": "call 1 did not come"}]
    told = judge_wire(Record(app=Trace(steps), client=client, pairs={0: 0}, facts=facts)).broken
    assert [one for one in told if one.startswith(("wire.req.", "http.scope.one"))] == [rule]


@pytest.mark.parametrize(
    ("reason", "holds"), [(b"", True), (b"Bad\tRequest \xe9", True), (b"GE\x01T", False), (b"GE\x00T", False)]
)
def test_a_reason_holds_no_control_characters(reason: bytes, holds: bool) -> None:
    """RFC 9112 4: HTAB, SP, VCHAR and obs-text alone."""
    response = Response(status=400, version="1.1", raw=b"HTTP/1.1 400 " + reason + b"\r\n\r\n")
    played = Record(client=[Heard("connected", ENDS, 0, 0.0), Heard("response", response, 0, 0.1)])
    assert ("wire.http.status-line" in judge_wire(played).broken) is not holds


@pytest.mark.parametrize(("line", "holds"), [(b"X-A: 1", False), (b"Content-Length: 9", True)])
def test_a_request_whose_trailers_would_frame_it_may_end_its_call(line: bytes, holds: bool) -> None:
    """RFC 9110 6.5.1: no client puts such a field there, so that a server may refuse it late."""
    raw = (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
        + line
        + b"\r\n\r\n"
    )
    client = [
        Heard(record.CONNECTED, ENDS, 0, 0.0),
        Heard(record.WROTE, raw, 0, 0.0),
        Heard(record.RESPONSE, answer(400), 0, 0.1),
        Heard(record.END, "eof", 0, 0.1),
    ]
    told = {**scope("http"), "method": "POST"}
    steps = [TraceStep(SCOPE, told, 0, 0.1), TraceStep(RECEIVE, {"type": "http.disconnect"}, 0, 0.2)]
    played = Record(app=Trace(steps), client=client, pairs={0: 0})
    assert ("http.request.first" in judge_wire(played).broken) is not holds
