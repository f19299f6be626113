"""The HTTP tables are whole, and what is legal stays clean."""

from __future__ import annotations

import os
from enum import Enum
from typing import Any

import pytest

from asgisim.examples.build import ABSENT, LEAVES, RAISES, RETURNS, WAITS, gives, scope, sends
from asgisim.examples.extensions import ANNOUNCED, DEBUG, FILE, HINT, PATH, TRAILERS, ZERO_COPY, offered, zero
from asgisim.examples.http import BODY, FAILED, GONE, MORE, PART, REQUEST, START, answered, starting
from asgisim.judge import judge
from asgisim.model import codec
from asgisim.model.trace import CANCEL, SENT, Step, Trace
from asgisim.spec.editions import CURRENT, Edition
from asgisim.spec.http import RECEIVE, SEND, Given, Receiving, Sending, Sent
from asgisim.spec.table import allowed, step

_CLOSED_LATER = zero().data["file"]


@pytest.mark.parametrize(("table", "states", "inputs"), [(RECEIVE, Receiving, Given), (SEND, Sending, Sent)])
def test_every_row_has_every_input(table: Any, states: type[Enum], inputs: type[Enum]) -> None:
    assert list(table) == list(states)
    for row in table.values():
        assert set(row) == set(inputs)


@pytest.mark.parametrize("edition", [CURRENT, Edition((2, 3), (2022, 10))])
def test_the_first_allowed_input_leads_to_the_end(edition: Edition) -> None:
    for start in Sending:
        state = start
        for _ in range(6):
            state, broken = step(SEND, state, allowed(SEND, state, edition)[0], edition)
            assert broken is None
        assert state is Sending.ENDED


def found(*steps: Step) -> list[str]:
    return [finding.rule.id for finding in judge(Trace(list(steps))).findings]


MINIMAL = scope("http", raw_path=ABSENT, extensions=ABSENT)
HEAD = scope("http", method="HEAD")
LENGTH = [(b"content-length", b"1000")]
_LATE = {"type": "OSError", "text": "closed", "where": [], "own": True}

LEGAL = {
    "optional scope keys may be missing": [MINIMAL, REQUEST, START, BODY, RETURNS],
    "raw_path may be None": answered(START, BODY, raw_path=None),
    "the body of a request may be missing": [scope("http"), gives("http.request"), START, BODY, RETURNS],
    "a send after the disconnect is no fault": [scope("http"), REQUEST, LEAVES, GONE, START, BODY, RETURNS],
    "a start that loses its race with the client": [scope("http"), REQUEST, LEAVES, START, RETURNS],
    "extra bodies after the end are ignored": answered(START, BODY, BODY),
    "zero copy ends a response": offered(
        START, sends(ZERO_COPY, file=_CLOSED_LATER, more_body=True), BODY
    ),
    "a path send with its length ends a response": offered(
        sends(
            "http.response.start",
            status=200,
            headers=[(b"content-length", str(os.path.getsize(FILE)).encode())],
        ),
        sends(PATH, path=FILE),
    ),
    "HEAD with the length that GET would have": [
        HEAD,
        REQUEST,
        sends("http.response.start", status=200, headers=LENGTH),
        sends("http.response.body"),
        RETURNS,
    ],
    "304 with a length": [
        *starting(status=304, headers=LENGTH)[:3], sends("http.response.body"), RETURNS
    ],
    "any object in debug info": offered(sends(DEBUG, info={"view": object()}), START, BODY),
    "several early hints before the start": offered(
        sends(HINT, links=[b"</a>"]), sends(HINT, links=(b"</b>",)), START, BODY
    ),
    "a transfer-encoding header": starting(headers=[(b"transfer-encoding", b"chunked")]),
    "events of an extension of a server's own": answered(
        START, sends("http.response.fullflush"), BODY, extensions={"http.response.fullflush": {}}
    ),
    "headers as a generator": starting(headers=codec.OneShot([(b"a", b"b")])),
    "headers as a tuple of lists": starting(headers=([b"a", b"b"],)),
    "no headers and no body keys": answered(
        sends("http.response.start", status=204), sends("http.response.body")
    ),
    "debug values of any type": offered(sends(DEBUG, info={"view": object(), "set": {1}}), START, BODY),
    "a plain streamed response": answered(START, MORE, MORE, BODY),
    "HTTP/3, which came without a new version": answered(START, BODY, http_version="3"),
    "client and server are None": answered(START, BODY, client=None, server=None),
    "a server on a unix socket": answered(START, BODY, client=None, server=("/run/a.sock", None)),
    "asgi without a version": answered(START, BODY, asgi={}),
    "keys that are not known, in scope and event": answered(
        sends("http.response.start", status=200, note=[{"a": 1.5}, None]), BODY, note=object()
    ),
    "one header repeated, with bytes outside ASCII": starting(
        headers=[(b"set-cookie", b"a=\xe9"), (b"set-cookie", b"b=1")]
    ),
    "a part in a unit that is not known": starting(
        status=206, headers=[(b"content-range", b"lines 1-2/3")]
    ),
    "a coded part": starting(
        status=206, headers=[(b"content-range", b"bytes 0-99/100"), (b"content-encoding", b"gzip")]
    ),
    "a part of several": answered(
        sends(
            "http.response.start",
            status=206,
            headers=[(b"content-type", b"multipart/byteranges; boundary=x")],
        ),
        sends(
            "http.response.body", body=b"--x\r\ncontent-range: bytes 0-1/4\r\n\r\nab\r\n--x--"
        ),
    ),
    "a part of several, with another parameter before the boundary": answered(
        sends(
            "http.response.start",
            status=206,
            headers=[(b"content-type", b"multipart/byteranges; charset=utf-8; boundary=x")],
        ),
        sends("http.response.body", body=b"--x\r\ncontent-range: bytes 0-1/4\r\n\r\nab\r\n--x--"),
    ),
    "the asterisk target of OPTIONS": answered(START, BODY, method="OPTIONS", path="*", raw_path=b"*"),
    "no disconnect while a response is open": [scope("http"), REQUEST, START, MORE, WAITS, BODY, RETURNS],
    "the disconnect repeats": [scope("http"), REQUEST, START, BODY, GONE, GONE, GONE, RETURNS],
    "the client is gone before the request": [scope("http"), LEAVES, GONE, RETURNS],
    "a cut body": [scope("http"), PART, LEAVES, GONE, RETURNS],
    "the server's own error comes back": [
        scope("http"), REQUEST, START, LEAVES, MORE, FAILED, Step("raise", _LATE),
    ],
    "raising on a scope that is not known": [scope("http", type="gopher", method=ABSENT), RAISES],
}  # fmt: skip

WRONG = {
    "pseudo headers from the app": (
        "http.response.start.headers.no-pseudo",
        starting(headers=[(b":a", b"b")]),
    ),
    "pseudo headers from the server": (
        "http.scope.headers.no-pseudo",
        answered(START, BODY, headers=[(b":method", b"GET")]),
    ),
    "upper case in trailers": (
        "ext.trailers.headers.lowercase",
        offered(ANNOUNCED, BODY, sends(TRAILERS, headers=[(b"X-Sum", b"1")])),
    ),
    "upper case in push": (
        "ext.push.headers.lowercase",
        offered(START, sends("http.response.push", path="/", headers=[(b"A", b"b")]), BODY),
    ),
    "upper case in response headers": (
        "http.response.start.headers.lowercase",
        starting(headers=[(b"X-A", b"b")]),
    ),
    "a line end in a value": ("robust.header-syntax", starting(headers=[(b"a", b"b\r\nc: d")])),
    "a blank in a name": ("robust.header-syntax", starting(headers=[(b"a b", b"c")])),
    "an empty name": ("robust.header-syntax", starting(headers=[(b"", b"c")])),
    "two differing content-lengths": (
        "robust.content-length",
        starting(headers=[(b"content-length", b"5"), (b"content-length", b"6")]),
    ),
    "a content-length that is no number": (
        "robust.content-length",
        starting(headers=[(b"content-length", b"five")]),
    ),
    "partial content that does not say which part": ("robust.partial-content", starting(status=206)),
    "several ranges without a part": (
        "robust.partial-content",
        starting(status=206, headers=[(b"content-type", b"multipart/byteranges; boundary=asgi")]),
    ),
    "a bool as status": ("http.response.start.status.type", starting(status=True)),
    "a huge status": ("http.response.start.status.range", starting(status=1 << 70)),
    "a set under a key that another event has": ("common.event.allowed-types", starting(body={1})),
    "trailers before the last body": (
        "ext.trailers.order",
        offered(ANNOUNCED, MORE, sends(TRAILERS, headers=[]), BODY, sends(TRAILERS, headers=[])),
    ),
    "trailers without headers": ("ext.trailers.headers", offered(ANNOUNCED, BODY, sends(TRAILERS))),
    "more_trailers is no bool": (
        "ext.trailers.more.type",
        offered(ANNOUNCED, BODY, sends(TRAILERS, headers=[], more_trailers=0)),
    ),
    "zero copy with an offset that is text": (
        "ext.zerocopy.offset",
        offered(START, sends(ZERO_COPY, file=_CLOSED_LATER, offset="1")),
    ),
    "zero copy with a count that is a float": (
        "ext.zerocopy.count",
        offered(START, sends(ZERO_COPY, file=_CLOSED_LATER, count=1.0)),
    ),
    "path send after a body": ("ext.pathsend.not-mixed", offered(START, MORE, sends(PATH, path=FILE), BODY)),
    "debug twice": ("ext.debug.once", offered(sends(DEBUG, info={}), sends(DEBUG, info={}), START, BODY)),
    "a spec_version that is no text": (
        "common.scope.asgi.spec-version.type",
        answered(START, BODY, asgi={"version": "3.0", "spec_version": 2.5}),
    ),
    "the server gives a body of text": (
        "http.request.body.type",
        [scope("http"), gives("http.request", body="text"), START, BODY, RETURNS],
    ),
    "the server disconnects a client that is there": (
        "http.disconnect.not-early",
        [scope("http"), REQUEST, START, GONE, RETURNS],
    ),
    "an int beyond 64 bits": ("common.event.int-range", starting(extra=1 << 64)),
    "nested keys that are no str": ("common.event.nested-dict-keys", starting(extra={1: 2})),
    "asgi is no dict": ("common.scope.asgi.present", answered(START, BODY, asgi="3.0")),
    "trailers without the extension": (
        "ext.trailers.only-when-listed",
        answered(sends("http.response.start", status=200, trailers=True), BODY),
    ),
    "push before the start": (
        "ext.push.order",
        offered(sends("http.response.push", path="/", headers=[]), START, BODY),
    ),
    "zero copy of bytes": ("ext.zerocopy.file", offered(START, sends(ZERO_COPY, file=b"bytes"))),
    "path send twice": ("ext.pathsend.once", offered(START, sends(PATH, path=FILE), sends(PATH, path=FILE))),
    "a relative path": ("ext.pathsend.path.absolute", offered(START, sends(PATH, path="a.txt"))),
    "debug without info": ("ext.debug.info", offered(sends(DEBUG), START, BODY)),
    "a request after the disconnect": (
        "http.request.none-after-disconnect",
        [scope("http"), REQUEST, START, MORE, LEAVES, GONE, REQUEST, RETURNS],
    ),
    "raw_path with the query": ("http.scope.raw-path.no-query", answered(START, BODY, raw_path=b"/?a=b")),
    "an unfinished body": ("http.response.body.final", answered(START, MORE)),
    "an unknown scope type that is served": (
        "common.scope.unknown-type-rejected",
        [scope("http", type="gopher", method=ABSENT), RETURNS],
    ),
    "a value in bytes that is a bytearray": (
        "http.response.body.body.type",
        answered(START, sends("http.response.body", body=bytearray(b"a"))),
    ),
}


@pytest.mark.parametrize("name", LEGAL)
def test_legal_traffic_is_clean(name: str) -> None:
    assert found(*LEGAL[name]) == []


@pytest.mark.parametrize("name", WRONG)
def test_wrong_traffic_breaks_one_rule(name: str) -> None:
    rule, steps = WRONG[name]
    assert found(*steps) == [rule]


def test_the_order_of_early_hints_follows_the_edition() -> None:
    before = Trace(offered(sends(HINT, links=[b"</a>"]), START, BODY))
    after = Trace(offered(START, sends(HINT, links=[b"</a>"]), BODY))
    assert judge(before).broken == []
    assert judge(after).broken == ["ext.early-hint.order"]
    assert judge(before, "2.5 (2026-07)").broken == ["ext.early-hint.order"]
    assert judge(after, "2.5 (2026-07)").broken == []


def test_followers_name_their_cause() -> None:
    report = judge(Trace(answered(BODY)))
    assert [(finding.rule.id, finding.caused_by) for finding in report.findings] == [
        ("http.response.start.before-body", None),
        ("http.response.start.sent", "http.response.start.before-body"),
    ]


def test_a_server_may_hang_up_on_an_app_that_broke_a_rule() -> None:
    report = judge(Trace([scope("http"), REQUEST, BODY, GONE, RETURNS]))
    assert report.broken == ["http.response.start.before-body"]


def test_a_server_that_cancels_may_disconnect_the_tasks_left() -> None:
    cancelled = Step(CANCEL, "script")
    trace = Trace([scope("http"), REQUEST, cancelled, START, BODY, GONE])
    assert judge(trace).broken == []


def test_judging_changes_nothing() -> None:
    headers = codec.OneShot([(b"a", b"b"), (b"c", b"d")])
    judge(Trace(starting(headers=headers)))
    assert list(headers) == [(b"a", b"b"), (b"c", b"d")]
    walked = iter([(b"a", b"b")])
    judge(Trace(starting(headers=walked)))
    assert list(walked) == [(b"a", b"b")]


@pytest.mark.parametrize(
    "value", [None, [("type", "http")], "http", 7, {}, {"type": ["http"]}, {"type": None}]
)
def test_a_scope_or_event_of_any_make_is_judged(value: Any) -> None:
    whole = [REQUEST, START, BODY, RETURNS]
    assert found(Step("scope", value), *whole) != []
    assert found(scope("http"), Step("receive", value), *whole) != []
    assert found(scope("http"), REQUEST, Step("send", value), START, BODY, RETURNS) != []


def test_values_that_hold_themselves_are_judged_at_once() -> None:
    knot: list[Any] = []
    knot.extend([knot] * 8)
    assert found(*starting(extra=knot)) == []
    assert found(*starting(extra=[knot, {1: 2}])) == ["common.event.nested-dict-keys"]


def test_headers_are_judged_alike_whether_seen_before_or_not() -> None:
    class Bytes(bytes):
        pass

    for _ in range(2):
        assert found(*starting(headers=[(b"x-kept", b"b")])) == []
        assert found(*starting(headers=[(Bytes(b"x-kept"), b"b")])) == [
            "http.response.start.headers.name-bytes"
        ]
        assert found(*starting(headers=[(b"x-kept", "b")])) == ["http.response.start.headers.value-bytes"]
        assert found(*starting(headers=[(b"x-kept", b"b", b"c")])) == ["http.response.start.headers.iterable"]


def test_what_is_sent_after_a_failed_send_is_worth_a_note() -> None:
    failed = Step(SENT, "ClientGone: the client has gone")
    gone = [scope("http"), REQUEST, LEAVES, START, failed]
    assert [one.rule.id for one in judge(Trace([*gone, RETURNS])).notes] == []
    [note] = judge(Trace([*gone, START, failed, START, failed, RETURNS])).notes
    assert (note.rule.id, note.detail) == (
        "robust.send-after-failure",
        "http.response.start after http.response.start had failed",
    )
    # Two sends that were under way at once: neither came after the other had failed.
    blocked = Step(SENT, "blocked")
    assert (
        judge(Trace([scope("http"), REQUEST, START, blocked, BODY, blocked, LEAVES, failed, failed])).notes
        == []
    )
