"""The HTTP tables are whole, and what is legal stays clean."""

from __future__ import annotations

import os
from enum import Enum
from typing import Any

import pytest

from asgisim import codec
from asgisim.examples.build import ABSENT, LEAVES, RAISES, RETURNS, WAITS, gives, scope, sends
from asgisim.examples.extensions import ANNOUNCED, DEBUG, FILE, HINT, PATH, TRAILERS, ZERO_COPY, offered, zero
from asgisim.examples.http import BODY, FAILED, GONE, MORE, PART, REQUEST, START, answered, starting
from asgisim.judge import judge
from asgisim.spec.editions import CURRENT, Edition
from asgisim.spec.http import RECEIVE, SEND, Given, Receiving, Sending, Sent
from asgisim.spec.table import allowed, step
from asgisim.trace import Step, Trace

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
    "the asterisk target of OPTIONS": answered(START, BODY, method="OPTIONS", path="*", raw_path=b"*"),
    "no disconnect while a response is held open": [scope("http"), REQUEST, START, MORE, WAITS, BODY, RETURNS],
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
