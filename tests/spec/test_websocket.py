"""WebSocket: legal traffic is silent, and each mistake is told once, by its own rule."""

from __future__ import annotations

import pytest

from asgisim.judge import judge
from asgisim.model import notation
from asgisim.model.codec import OneShot
from asgisim.model.trace import SCOPE, SEND, Step, Trace
from asgisim.spec.websocket import Sending
from tests.spec.told import faults, notes, report

WS = "websocket /\n> websocket.connect\n"
OPEN = f"{WS}< websocket.accept\n"
LISTED = "websocket /, extensions={'websocket.http.response': {}}\n> websocket.connect\n"

ACCEPTED = "> websocket.connect\n< websocket.accept\nreturn"
REFUSED = "> websocket.connect\n< websocket.close\nreturn"

LEGAL = {
    "a minimal scope": """
        scope = {'type': 'websocket', 'asgi': {'version': '3.0'}, 'path': '/', 'headers': []}
        > websocket.connect
        < websocket.close
        return""",
    "query_string None": "websocket /, query_string=None\n" + ACCEPTED,
    "raw_path None": "websocket /, raw_path=None\n" + ACCEPTED,
    "extensions None": "websocket /, extensions=None\n" + ACCEPTED,
    "headers as tuples of lists": """
        websocket /, headers=([b'host', b'a'],), client=['::1', 5], server=('a', 80)
        > websocket.connect
        < websocket.close
        return""",
    "a unix socket": "websocket /, server=('/run/a', None), client=None\n" + REFUSED,
    "a unix socket of a server that announces nothing": "websocket /, asgi={'version': '3.0'}, "
    "server=['/run/a', None]\n" + REFUSED,
    "HTTP/3": "websocket /, http_version='3'\n" + REFUSED,
    "keys that nobody knows": """
        websocket /, tea='green'
        > websocket.connect tea=1
        < websocket.accept tea=2
        return""",
    "a send after disconnect": f"""
        {OPEN}
        left 'lost'
        > websocket.disconnect code=1006
        < websocket.send text='late'
        return""",
    "a close after disconnect": f"""
        {OPEN}
        left {{'code': 1000, 'reason': ''}}
        > websocket.disconnect code=1000, reason=''
        < websocket.close
        return""",
    "an accept that loses the race with disconnect": f"""
        {WS}
        left 'lost'
        < websocket.accept
        < websocket.send text='hello'
        > websocket.disconnect code=1006
        return""",
    "no answer to a client that has gone": f"{WS}left 'lost'\n> websocket.disconnect code=1006\nreturn",
    "a client gone before connect": "websocket /\nleft 'lost'\n> websocket.disconnect code=1006\nreturn",
    "a refusal": f"{WS}< websocket.close\n> websocket.disconnect code=1006\nreturn",
    "a refusal with a code of one's own": f"{WS}< websocket.close code=403, reason='no'\nreturn",
    "disconnect again and again": f"""
        {OPEN}
        left 'lost'
        > websocket.disconnect code=1006
        > websocket.disconnect code=1006
        return""",
    "messages under way when the app closes": f"""
        {OPEN}
        < websocket.close
        > websocket.receive text='crossing'
        > websocket.disconnect code=1000
        return""",
    "messages read after a loss that is not told yet": f"""
        {OPEN}
        left 'lost'
        > websocket.receive text='was there'
        > websocket.disconnect code=1006
        return""",
    "empty messages": f"""
        {OPEN}
        > websocket.receive bytes=b''
        < websocket.send text=''
        < websocket.send bytes=b'', text=None
        return""",
    "a raise with no client": f"{WS}left 'lost'\nraise RuntimeError text='x', own=False",
    "a denial": f"""
        {LISTED}
        < websocket.http.response.start status=401, headers=[(b'a', b'b')]
        < websocket.http.response.body body=b'no ', more_body=True
        < websocket.http.response.body body=b'way'
        > websocket.disconnect code=1006
        return""",
    "a denial of one empty body": f"""
        {LISTED}
        < websocket.http.response.start status=401
        < websocket.http.response.body
        return""",
    "a denial that its client does not wait for": f"""
        {LISTED}
        < websocket.http.response.start status=401
        left 'lost'
        < websocket.http.response.body body=b'x', more_body=True
        return""",
    "a refusal where denials are listed": f"{LISTED}< websocket.close\nreturn",
    "an event of an extension that we do not know": """
        websocket /, extensions={'fullflush': {}}
        > websocket.connect
        < websocket.accept
        < websocket.fullflush
        return""",
    "no headers to a server of 2.0": """
        websocket /, asgi={'version': '3.0'}
        > websocket.connect
        < websocket.accept headers=[], subprotocol=None
        return""",
}


@pytest.mark.parametrize("name", LEGAL)
def test_legal_traffic_is_silent(name: str) -> None:
    found = report(LEGAL[name])
    assert [finding.line() for finding in found.findings + found.notes] == []


MISTAKES = {
    "upper case in accept": (
        f"{WS}< websocket.accept headers=[(b'X-A', b'1')]\nreturn",
        "websocket.accept.headers.lowercase",
    ),
    "sec-websocket-protocol in accept": (
        f"{WS}< websocket.accept headers=[(b'Sec-WebSocket-Protocol', b'a')]\nreturn",
        "websocket.accept.headers.no-subprotocol",
    ),
    "pseudo header in accept": (
        f"{WS}< websocket.accept headers=[(b':path', b'a')]\nreturn",
        "websocket.accept.headers.no-pseudo",
    ),
    "accept headers under 2.0": (
        "websocket /, asgi={'version': '3.0'}\n> websocket.connect\n"
        "< websocket.accept headers=[(b'a', b'b')]\nreturn",
        "websocket.accept.headers.version-gate",
    ),
    "a pseudo header in the scope": (
        f"websocket /, headers=[(b':authority', b'a')]\n{OPEN.partition(chr(10))[2]}return",
        "websocket.scope.headers.no-pseudo",
    ),
    "no answer": (f"{WS}return", "websocket.connect.answered"),
    "no answer, connect not taken": ("websocket /\nreturn", "websocket.connect.answered"),
    "a denial that is not finished": (
        f"{LISTED}< websocket.http.response.start status=401\nreturn",
        "ext.denial.finished",
    ),
    "a second close": (f"{OPEN}< websocket.close\n< websocket.close\nreturn", "websocket.close.once"),
    "an unknown event given": (f"{OPEN}> websocket.ping\nreturn", "websocket.receive.types"),
    "an HTTP event given": (f"{OPEN}> http.disconnect\nreturn", "websocket.receive.types"),
    "an unknown event sent": (f"{OPEN}< websocket.pong\nreturn", "websocket.send.types"),
    "an HTTP event sent": (f"{OPEN}< http.response.start status=200\nreturn", "websocket.send.types"),
    "a message before accept": (
        f"{WS}> websocket.receive text='x'\n< websocket.accept\nreturn",
        "websocket.receive.not-before-answer",
    ),
    "a message as the first event": (
        "websocket /\n> websocket.receive text='x'\n> websocket.connect\n< websocket.accept\nreturn",
        "websocket.connect.first",
    ),
    "a message after disconnect": (
        f"{OPEN}left 'lost'\n> websocket.disconnect code=1006\n> websocket.receive text='x'\nreturn",
        "websocket.receive.none-after-disconnect",
    ),
    "connect after disconnect": (
        f"{OPEN}left 'lost'\n> websocket.disconnect code=1006\n> websocket.connect\nreturn",
        "websocket.disconnect.last",
    ),
    "connect twice": (f"{OPEN}> websocket.connect\nreturn", "websocket.connect.once"),
    "disconnect without code": (
        f"{OPEN}left 'lost'\n> websocket.disconnect\nreturn",
        "websocket.disconnect.code.present",
    ),
    "disconnect with code None": (
        f"{OPEN}left 'lost'\n> websocket.disconnect code=None\nreturn",
        "websocket.disconnect.code.type",
    ),
    "a denial that is not listed": (
        f"{WS}< websocket.http.response.start status=401\nreturn",
        "ext.denial.only-when-listed",
    ),
    "a denial without status": (
        f"{LISTED}< websocket.http.response.start headers=[]\n< websocket.http.response.body\nreturn",
        "ext.denial.start.status",
    ),
    "a denial with upper case": (
        f"{LISTED}< websocket.http.response.start status=401, headers=[(b'A', b'b')]\n"
        "< websocket.http.response.body\nreturn",
        "ext.denial.start.headers",
    ),
    "a denial with a body after its end": (
        f"{LISTED}< websocket.http.response.start status=401\n"
        "< websocket.http.response.body\n< websocket.http.response.body body=b'x'\nreturn",
        "ext.denial.finished",
    ),
    "a denial broken off by close": (
        f"{LISTED}< websocket.http.response.start status=401\n< websocket.close\nreturn",
        "ext.denial.no-websocket-events",
    ),
    "a second denial start": (
        f"{LISTED}< websocket.http.response.start status=401\n< websocket.http.response.start status=401\n"
        "< websocket.http.response.body\nreturn",
        "ext.denial.start.once",
    ),
    "accept after a refusal": (
        f"{WS}< websocket.close\n< websocket.accept\nreturn",
        "websocket.accept.not-after-close",
    ),
    "a subprotocol that was not offered": (
        f"{WS}< websocket.accept subprotocol='chat'\nreturn",
        "websocket.accept.subprotocol.offered",
    ),
    "close code 1005": (f"{OPEN}< websocket.close code=1005\nreturn", "websocket.close.code.sendable"),
    "close code 70000": (f"{OPEN}< websocket.close code=70000\nreturn", "websocket.close.code.sendable"),
    "a close reason of 124 bytes": (
        f"{OPEN}< websocket.close reason=repeat('a', 124)\nreturn",
        "websocket.close.reason.length",
    ),
    "both bytes and text": (
        f"{OPEN}< websocket.send bytes=b'a', text='a'\nreturn",
        "websocket.send.one-of",
    ),
    "neither bytes nor text": (f"{OPEN}< websocket.send\nreturn", "websocket.send.one-of"),
    "a send without accept": (
        f"{WS}< websocket.send text='a'\n< websocket.accept\nreturn",
        "websocket.send.after-accept",
    ),
    "accept twice": (f"{OPEN}< websocket.accept\nreturn", "websocket.accept.once"),
    "raw_path with the query": (
        "websocket /, raw_path=b'/?a=1'\n> websocket.connect\n< websocket.close\nreturn",
        "websocket.scope.raw-path.no-query",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_once_by_its_own_rule(name: str) -> None:
    text, rule = MISTAKES[name]
    assert faults(text) == [rule]


def test_close_before_connect_is_a_note_only() -> None:
    text = "websocket /\n< websocket.close\n> websocket.connect\nreturn"
    assert (faults(text), notes(text)) == ([], ["websocket.connect.awaited"])


def test_what_follows_from_a_break_says_so() -> None:
    found = report(f"{LISTED}< websocket.http.response.start status=401\n< websocket.close\nreturn").findings
    assert [(finding.rule.id, finding.caused_by) for finding in found] == [
        ("ext.denial.no-websocket-events", None),
        ("ext.denial.finished", "ext.denial.no-websocket-events"),
    ]


def test_own_close_then_a_client_that_leaves_still_forbids_sends() -> None:
    assert faults(f"{OPEN}< websocket.close\nleft 'closed'\n< websocket.send text='x'\nreturn") == [
        "websocket.send.not-after-own-close"
    ]


def test_own_close_and_disconnect_told_make_a_second_close_a_late_send() -> None:
    text = f"{OPEN}< websocket.close\n> websocket.disconnect code=1000\n< websocket.close\nreturn"
    assert faults(text) == []


def test_disconnect_alone_tells_the_app_that_its_client_has_gone() -> None:
    # A middleware sees no more than the event.
    assert faults(f"{WS}> websocket.disconnect code=1006\n< websocket.accept\nreturn") == []
    assert faults(f"{WS}> websocket.disconnect code=1006\nreturn") == []


def test_one_shot_headers_are_looked_at_by_every_check_and_used_up_by_none() -> None:
    headers = OneShot([(b"X-A", b"1"), (b":p", b"1")])
    trace = notation.read(WS)
    trace.steps.append(Step(SEND, {"type": "websocket.accept", "headers": headers}))
    found = [finding.rule.id for finding in judge(trace).findings]
    assert sorted(found) == ["websocket.accept.headers.lowercase", "websocket.accept.headers.no-pseudo"]
    assert list(headers) == [(b"X-A", b"1"), (b":p", b"1")]


@pytest.mark.parametrize(
    ("version", "text", "rules"),
    [
        ("2.0", "< websocket.accept headers=[('a', b'b')]", ["websocket.accept.headers.version-gate"]),
        ("2.1", "< websocket.accept headers=[('a', b'b')]", ["websocket.accept.headers.bytes"]),
        ("2.2", "< websocket.accept\n< websocket.close reason=b'x'", []),
        ("2.3", "< websocket.accept\n< websocket.close reason=b'x'", ["websocket.close.reason.type"]),
        ("2.4", "< websocket.accept\nleft 'lost'\n> websocket.disconnect code=1, reason=b''", []),
        (
            "2.5",
            "< websocket.accept\nleft 'lost'\n> websocket.disconnect code=1, reason=b''",
            ["websocket.disconnect.reason.type"],
        ),
    ],
)
def test_rules_bind_from_their_edition_on(version: str, text: str, rules: list[str]) -> None:
    scope = f"websocket /, asgi={{'version': '3.0', 'spec_version': '{version}'}}\n> websocket.connect\n"
    assert faults(f"{scope}{text}\nreturn") == rules


def test_http_version_3_came_with_the_text_of_2026_09() -> None:
    text = "websocket /, http_version='3'\n> websocket.connect\n< websocket.close\nreturn"
    assert faults(text, "2.5 (2026-08)") == ["websocket.scope.http-version.value"]
    assert faults(text, "2.5 (2026-09)") == []


@pytest.mark.parametrize("scope", [None, [], {}, {"type": "websocket"}, {"type": "websocket", "asgi": 3}])
@pytest.mark.parametrize("event", [None, [], {}, {"type": 1}, {"type": None}, {"type": ["websocket.close"]}])
def test_nonsense_is_judged_without_a_crash(scope: object, event: object) -> None:
    steps = [Step(SCOPE, scope), Step("receive", event), Step(SEND, event), Step("return", None)]
    judge(Trace(steps))


def test_the_call_over_a_task_left_behind_sends_in_vain() -> None:
    found = report(f"{OPEN}return\n< websocket.accept")
    assert found.findings == []
    assert ("websocket send", Sending.ENDED.name, "ACCEPT") in found.cells
