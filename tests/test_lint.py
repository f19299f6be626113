"""Lint judges what goes through it, and changes nothing."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import anyio
import pytest

from asgisim.judge import BrokenRules, Finding
from asgisim.lint import Lint
from asgisim.model.trace import Trace
from asgisim.reference.app import app as reference
from asgisim.space import plain_request

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


@pytest.mark.parametrize("mode", ["raise", "log", "collect"])
def test_a_sample_watches_its_share_in_every_mode(
    mode: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    drawn = [0.0, 0.24, 0.25, 0.9, 0.1]
    monkeypatch.setattr("random.random", lambda: drawn.pop(0))
    lint = Lint(answering(OK), mode, sample=0.25)
    raised = 0
    for _ in range(5):
        try:
            call(lint, [REQUEST])
        except BrokenRules:
            raised += 1
    assert len(lint.findings) == 3
    assert raised == (3 if mode == "raise" else 0)
    assert len(caplog.records) == (3 if mode == "log" else 0)


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
@pytest.mark.parametrize("mode", ["raise", "log", "collect"])
def test_a_cancel_goes_through_and_nothing_is_owed_after_it(loop: str, mode: str) -> None:
    """An app that is cancelled before it answered broke nothing; one cancelled later broke it before."""

    async def waiting(scope: Any, receive: Any, send: Any) -> None:
        await send(OK)
        await anyio.sleep_forever()

    lint = Lint(waiting, mode)
    ends: list[BaseException] = []
    cancelled_after(lint, ends, loop)
    assert len(ends) == 1
    assert type(ends[0]).__module__.split(".")[0] == loop
    assert lint.findings == []
    assert lint.exercised


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_cancel_out_of_a_nursery_goes_through(loop: str) -> None:
    async def waiting(scope: Any, receive: Any, send: Any) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep_forever)
            group.start_soon(anyio.sleep_forever)

    lint = Lint(waiting)
    cancelled_after(lint, [], loop)
    assert lint.findings == []
    assert lint.exercised


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_swallowed_cancel_is_judged_as_a_return(loop: str) -> None:
    async def stubborn(scope: Any, receive: Any, send: Any) -> None:
        await send(OK)
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            pass

    lint = Lint(stubborn, "collect")
    cancelled_after(lint, [], loop)
    assert [finding.rule.id for finding in lint.findings] == ["http.response.start.followed-by-body"]


def test_a_group_with_a_cancel_in_it_is_a_cancel() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise BaseExceptionGroup("both", [asyncio.CancelledError(), LookupError("beside it")])

    lint = Lint(app)
    with pytest.raises(BaseExceptionGroup, match="both"):
        call(lint, [])
    assert lint.findings == []


def cancelled_after(app: Any, ends: list[BaseException], loop: str) -> None:
    """Call an app that waits for ever, and cancel it; what came out of the call goes to `ends`."""

    async def receive() -> Any:
        return REQUEST

    async def send(event: Any) -> None:
        pass

    async def main() -> None:
        async def run() -> None:
            try:
                await app(scope(), receive, send)
            except BaseException as error:
                ends.append(error)
                raise

        async with anyio.create_task_group() as group:
            group.start_soon(run)
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()

    anyio.run(main, backend=loop)


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


def relaying(change: Any) -> Any:
    """A middleware that changes what the app receives and nothing else."""

    def made(app: Any) -> Any:
        async def middleware(scope: Any, receive: Any, send: Any) -> None:
            async def changed() -> Any:
                return change(await receive())

            await app(scope, changed, send)

        return middleware

    return made


@pytest.mark.parametrize("guilty", [0, 1, 2])
def test_in_a_stack_the_layer_that_breaks_a_rule_is_between_the_lints_that_differ(guilty: int) -> None:
    """On the way in: every Lint within the guilty layer blames its server's side, none without does."""

    def spoil(event: Any) -> Any:
        return {**event, "body": "text"}

    app: Any = reading
    lints = []
    for layer in range(3):  # from the inside out
        lint = Lint(app, "collect")
        lints.append(lint)
        app = relaying(spoil if layer == guilty else lambda event: event)(lint)
    outermost = Lint(app, "collect")
    call(outermost, [REQUEST])
    told = [[(f.rule.id, f.party.value) for f in lint.findings] for lint in (*lints, outermost)]
    blame = [("http.request.body.type", "server")]
    assert told == [blame] * (guilty + 1) + [[]] * (3 - guilty)


async def reading(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send(OK)
    await send(BODY)


def test_a_scope_that_a_middleware_spoils_is_the_middlewares() -> None:
    def lost(app: Any) -> Any:
        async def middleware(scope: Any, receive: Any, send: Any) -> None:
            await app({key: value for key, value in scope.items() if key != "path"}, receive, send)

        return middleware

    inner = Lint(reading, "collect")
    outer = Lint(lost(inner), "collect")
    call(outer, [REQUEST])
    assert outer.findings == []
    assert [(f.rule.id, f.party.value) for f in inner.findings] == [("http.scope.path.present", "server")]


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="but got on_finding='loud'"):
        Lint(reference, "loud")
