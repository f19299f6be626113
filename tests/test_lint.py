"""Lint judges what goes through it, and changes nothing."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from asgisim.fuzz.campaign import plain_request
from asgisim.judge import BrokenRules, Finding
from asgisim.lint import Lint
from asgisim.reference.app import app as reference
from asgisim.trace import Trace

OK = {"type": "http.response.start", "status": 200, "headers": []}
BODY = {"type": "http.response.body", "body": b"hello"}
REQUEST = {"type": "http.request", "body": b"", "more_body": False}


def scope(**changes: Any) -> dict[str, Any]:
    return {**plain_request().exchanges[0].scope, **changes}


def call(app: Any, given: list[Any], on: dict[str, Any] | None = None) -> list[Any]:
    """Call an app with these events; returns what it sent. Past their end receive raises EOFError."""
    events = iter(given)
    sent: list[Any] = []

    async def receive() -> Any:
        try:
            return next(events)
        except StopIteration:
            raise EOFError from None

    async def send(event: Any) -> None:
        sent.append(event)

    asyncio.run(app(scope() if on is None else on, receive, send))
    return sent


def answering(*events: Any) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        for event in events:
            await send(event)

    return app


def test_a_good_exchange_passes_untouched() -> None:
    lint = Lint(reference)
    assert call(lint, [REQUEST]) == call(reference, [REQUEST])
    assert lint.findings == []
    assert lint.exercised


def test_raise_stops_at_the_event_that_breaks_a_rule() -> None:
    sent: list[Any] = []
    with pytest.raises(BrokenRules, match=r"http\.response\.start\.before-body"):
        sent += call(Lint(answering(BODY, OK)), [REQUEST])
    assert sent == []


def test_collect_lets_everything_through() -> None:
    lint = Lint(answering(OK, OK, BODY), "collect")
    assert call(lint, [REQUEST]) == [OK, OK, BODY]
    assert [finding.rule.id for finding in lint.findings] == ["http.response.start.once"]


def test_log_warns(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "asgisim.lint"):
        call(Lint(answering(OK), "log"), [REQUEST])
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "http.response.start.followed-by-body"
    ]


def test_a_callable_gets_the_finding_and_the_trace() -> None:
    told: list[tuple[Finding, Trace]] = []
    call(Lint(answering(BODY), lambda finding, trace: told.append((finding, trace))), [REQUEST])
    finding, trace = told[0]
    assert finding.rule.id == "http.response.start.before-body"
    assert [step.kind for step in trace] == ["scope", "receive", "send"]


def test_the_server_is_blamed_for_what_receive_gives() -> None:
    lint = Lint(answering(OK, BODY), "collect")
    call(lint, [{"type": "http.request", "body": "text"}])
    assert [(finding.rule.id, finding.party.value) for finding in lint.findings] == [
        ("http.request.body.type", "server")
    ]


def test_a_wrong_scope_is_told_before_the_app_is_called() -> None:
    with pytest.raises(BrokenRules, match=r"http\.scope\.path\.type"):
        call(Lint(answering()), [], scope(path=b"/"))


def test_one_shot_headers_arrive_whole() -> None:
    pairs = [(b"a", b"1"), (b"b", b"2")]
    sent = call(Lint(answering({**OK, "headers": iter(pairs)}, BODY)), [REQUEST])
    assert list(sent[0]["headers"]) == pairs


def test_the_same_event_object_goes_through() -> None:
    assert call(Lint(answering(OK, BODY)), [REQUEST])[0] is OK


def test_the_apps_own_exception_comes_out_as_it_is() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise LookupError("mine")

    lint = Lint(app)
    with pytest.raises(LookupError, match="mine"):
        call(lint, [])
    assert [finding.rule.id for finding in lint.findings] == ["robust.crash"]


def test_a_send_that_fails_is_the_client_leaving() -> None:
    async def send(event: Any) -> None:
        raise ConnectionResetError

    async def receive() -> Any:
        return REQUEST

    lint = Lint(answering(OK, BODY), "collect")
    with pytest.raises(ConnectionResetError):
        asyncio.run(lint(scope(), receive, send))
    assert lint.findings == []


def test_a_disconnect_before_the_answer_excuses_the_app() -> None:
    lint = Lint(answering(), "collect")
    call(lint, [{"type": "http.disconnect"}])
    assert lint.findings == []


def test_the_trace_shows_events_as_they_were_sent() -> None:
    """Also where all but the break is looked up, since there were so many like it."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        event: dict[str, Any] = {**OK, "headers": [(b"a", b"b")]}
        await send(event)
        event["headers"].clear()
        event["status"] = 0
        scope["path"] = ""
        if len(calls) <= 30:
            await send(BODY)

    calls: list[None] = []
    traces: list[Trace] = []
    lint = Lint(app, lambda finding, trace: traces.append(trace))
    while not traces:
        calls.append(None)
        call(lint, [])
    assert [step.kind for step in traces[0]] == ["scope", "send", "return"]
    assert traces[0].steps[0].data == scope()
    assert traces[0].steps[1].data == {**OK, "headers": [(b"a", b"b")]}


def test_sampling_leaves_exchanges_alone() -> None:
    lint = Lint(answering(BODY, OK), sample=0.0)
    assert call(lint, [REQUEST]) == [BODY, OK]


def test_two_lints_blame_the_middleware_between_them() -> None:
    def shouting(app: Any) -> Any:
        async def middleware(scope: Any, receive: Any, send: Any) -> None:
            async def louder(event: Any) -> None:
                if event["type"] == "http.response.start":
                    event = {**event, "headers": [(b"X-Loud", b"1")]}
                await send(event)

            await app(scope, receive, louder)

        return middleware

    inner = Lint(reference, "collect")
    outer = Lint(shouting(inner), "collect")
    call(outer, [REQUEST])
    assert inner.findings == []
    assert [finding.rule.id for finding in outer.findings] == ["http.response.start.headers.lowercase"]


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="but got on_finding='loud'"):
        Lint(reference, "loud")
