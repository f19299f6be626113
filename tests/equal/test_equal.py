"""Equal spellings: what is found, and above all what is not."""

from __future__ import annotations

import itertools
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from asgisim.equal import Comparison, Outcome, again, compare, differences, outcome
from asgisim.fuzz.sweep import base_scenarios
from asgisim.model import trace as t
from asgisim.model.scenario import Exchange, Scenario
from asgisim.model.trace import Step, Trace
from asgisim.reference.app import app as reference
from asgisim.space import Route
from asgisim.space.respellings import RESPELLINGS
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import By

App = Callable[[Any, Any, Any], Awaitable[None]]


def play(app: App) -> Callable[[Scenario], Trace]:
    """The plainest of servers: hands out the events of a script in order, whatever the gates say."""

    def run(scenario: Scenario) -> Trace:
        steps: list[Step] = []
        for index, exchange in enumerate(scenario.exchanges):
            events = [act.arg for act in exchange.script if act.act == "event"]
            if exchange.protocol == "websocket":
                [close] = [act.arg for act in exchange.script if act.act == "disconnect"] or [None]
                events.append({"type": "websocket.disconnect", **(close or {"code": 1006})})
            elif exchange.protocol == "lifespan":
                events.append({"type": "lifespan.shutdown"})
            else:
                events.append({"type": "http.disconnect"})

            async def receive(events: list[Any] = events, last: Any = events[-1], index: int = index) -> Any:
                event = dict(events.pop(0) if events else last)
                steps.append(Step(t.RECEIVE, event, index))
                return event

            async def send(event: Any, index: int = index) -> None:
                steps.append(Step(t.SEND, event, index))

            call = app(json_free(exchange.scope), receive, send)
            try:
                call.send(None)  # type: ignore[attr-defined]
            except StopIteration:
                steps.append(Step(t.RETURN, None, index))
            except Exception as error:
                data = {"type": type(error).__name__, "text": str(error), "where": [], "own": False}
                steps.append(Step(t.RAISE, data, index))
        return Trace(steps)

    return run


def json_free(scope: dict[str, Any]) -> dict[str, Any]:
    return dict(scope)


def http_app(answer: Callable[[Any, list[Any]], tuple[int, bytes]]) -> App:
    """An app that reads the whole body, and answers with what `answer` makes of scope and events."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        events = [await receive()]
        while events[-1].get("more_body", False):
            events.append(await receive())
        status, body = answer(scope, events)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return app


def websocket_app(answer: Callable[[Any], Any]) -> App:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", **answer(event)})

    return app


[POST] = [one for one in base_scenarios([Route("POST", "/")]) if "hel" in str(one.to_json())][:1]
GET = base_scenarios([Route("GET", "/")])[0]
SOCKET = base_scenarios([Route("", "/", "websocket")])[0]


def broken(app: App, base: Scenario) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in compare(play(app), base):
        if one.details:
            found.setdefault(one.rule.id, []).extend(one.details)
    return found


def joined(events: list[Any]) -> bytes:
    return b"".join(event.get("body", b"") for event in events)


# No false alarm


@pytest.mark.parametrize("path", ["/", "/stream", "/hints", "/refuse", "/close", "/deny"])
def test_the_reference_app_is_clean(path: str) -> None:
    routes = [Route("GET", path), Route("POST", path), Route("", path, "websocket")]
    for base in base_scenarios(routes):
        assert broken(reference, base) == {}


def test_an_app_that_reports_its_scope_is_clean() -> None:
    def report(scope: Any, events: list[Any]) -> tuple[int, bytes]:
        return 200, repr(scope).encode()

    for base in (GET, POST):
        assert broken(http_app(report), base) == {}


@pytest.mark.parametrize(
    "report",
    [
        lambda scope, events: (200, repr(events).encode()),
        lambda scope, events: (200, json.dumps([e.get("body", b"").decode() for e in events]).encode()),
        lambda scope, events: (
            200,
            b"".join(b"%d:%s;" % (i, e.get("body", b"")) for i, e in enumerate(events)),
        ),
        lambda scope, events: (200, json.dumps([e.get("body", b"").hex() for e in events]).encode()),
        lambda scope, events: (200, str(len(events)).encode()),
    ],
)
def test_an_app_that_reports_its_events_is_clean(
    report: Callable[[Any, list[Any]], tuple[int, bytes]],
) -> None:
    for base in (GET, POST):
        assert broken(http_app(report), base) == {}


def test_a_socket_that_reports_its_events_is_clean() -> None:
    assert broken(websocket_app(lambda event: {"text": repr(event)}), SOCKET) == {}


def test_an_app_that_never_answers_the_same_is_left_out() -> None:
    statuses = itertools.cycle((200, 202))
    app = http_app(lambda scope, events: (next(statuses), b""))
    [only] = compare(play(app), GET)
    assert only.rule.id == "equal.repeat"
    assert only.details == ["the second time: status 202, otherwise status 200"]
    assert "differs from run to run" in only.left_out


def test_tokens_and_dates_in_the_answer_do_not_matter() -> None:
    count = itertools.count()
    assert broken(http_app(lambda scope, events: (200, b"token %d" % next(count))), POST) == {}


def test_what_differs_only_now_and_then_is_no_break() -> None:
    """Fails at one call in five, whatever the spelling."""
    count = itertools.count(1)
    app = http_app(lambda scope, events: (500 if next(count) % 5 == 0 else 200, b""))
    assert broken(app, GET) == {}


def test_an_app_that_fails_anyway_is_left_out() -> None:
    [only] = compare(play(http_app(lambda scope, events: (500, b""))), GET)
    assert "no good answer (status 500)" in only.left_out
    assert only.details == []


# What is found


def test_an_app_without_lifespan_is_not_said_to_answer_badly() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError(scope["type"])

    lifespan = Scenario([Exchange({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}})])
    [seen] = compare(play(app), lifespan)
    assert seen.left_out == "the app takes no part in lifespan: equal spellings of it were not compared"


def test_a_mounted_exchange_is_compared_with_the_unmounted_one_again() -> None:
    app = http_app(lambda scope, events: (200 if scope["path"] == "/" else 404, b""))
    base = next(iter(base_scenarios([Route("GET", "/", "http")])))
    [odd] = [seen for seen in compare(play(app), base) if seen.rule.id == "equal.root-path"]
    assert odd.rule.advisory
    assert odd.details == ["mounted under a prefix: status 404, otherwise status 200"]
    [again_] = again(play(app), odd.scenario, "equal.root-path")
    assert again_.details == odd.details


def test_a_client_is_needed() -> None:
    def greet(scope: Any, events: list[Any]) -> tuple[int, bytes]:
        return 200, scope["client"][0].encode()

    assert set(broken(http_app(greet), GET)) == {"http.scope.client.default"} & set(CATALOGUE)


def test_only_the_first_piece_is_read() -> None:
    """It did not wait for the rest; that the pieces were not joined either follows from it."""

    def first(scope: Any, events: list[Any]) -> tuple[int, bytes]:
        return 200, events[0].get("body", b"")

    assert set(broken(http_app(first), POST)) == {"http.request.more-body.wait"}


def test_pieces_are_joined_the_wrong_way_round() -> None:
    def backwards(scope: Any, events: list[Any]) -> tuple[int, bytes]:
        return 200, joined(events[::-1])

    assert set(broken(http_app(backwards), POST)) == {"http.request.body.concatenated"}


def test_text_must_be_there() -> None:
    def echo(event: Any) -> Any:
        return {"text": event["text"]} if "text" in event else {"bytes": event["bytes"]}

    found = broken(websocket_app(echo), SOCKET)
    assert set(found) == {"websocket.receive.keys-optional"}
    assert "no message gives back b'hello'" in found["websocket.receive.keys-optional"][0]


def test_unknown_keys_are_too_much() -> None:
    def strict(scope: Any, events: list[Any]) -> tuple[int, bytes]:
        return (400 if set(events[0]) - {"type", "body", "more_body"} else 200), b""

    expected = {"common.event.extra-keys-app"} & set(CATALOGUE)
    assert set(broken(http_app(strict), GET)) == expected


def test_reason_must_be_a_str() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            pass
        event["reason"].upper()

    assert set(broken(app, SOCKET)) == {"websocket.disconnect.reason.default"}


# The parts


def test_an_outcome_of_a_response() -> None:
    start = {"type": "http.response.start", "status": 200, "headers": [(b"b", b"2"), [b"a", b"1"]]}
    body = {"type": "http.response.body", "body": b"one", "more_body": True}
    steps = [
        Step(t.SEND, start),
        Step(t.SEND, body),
        Step(t.SEND, {"type": "http.response.body", "body": b"two"}),
        Step(t.RETURN, None),
        Step(t.SEND, body, 1),
    ]
    assert outcome(Trace(steps), 0) == Outcome("returned", 200, True, ((b"a", b"1"), (b"b", b"2")), b"onetwo")


def test_a_hang_is_told_as_such() -> None:
    steps = [Step(t.FACT, {"rule": "robust.hang", "detail": "", "where": []}), Step(t.CANCEL, "gave up")]
    assert outcome(Trace(steps), 0).ended == "robust.hang"


def test_an_exchange_that_never_began_is_not_compared() -> None:
    plain = Outcome("returned", 200, True)
    assert differences(plain, Outcome()) == []


def test_every_rule_by_equivalence_has_a_respelling() -> None:
    tried = {row.rule_id for rows in RESPELLINGS.values() for row in rows} | {"equal.repeat", "equal.overlap"}
    wanted = {rule.id for rule in CATALOGUE.values() if rule.by is By.EQUAL}
    assert wanted - tried == set()


def test_comparisons_tell_what_they_took() -> None:
    played: list[Scenario] = []

    def run(one: Scenario) -> Trace:
        played.append(one)
        return play(reference)(one)

    found: list[Comparison] = list(compare(run, GET))
    assert found[0].rule.id == "equal.repeat"
    assert sum(one.runs for one in found) == len(played)
    assert all(one.runs in (1, 2) for one in found)
    assert all(one.scenario.exchanges[-1].scope["type"] == "http" for one in found)


@pytest.mark.parametrize(("answer", "told"), [("lifespan.startup.failed", 0), (None, 1)])
def test_an_app_may_refuse_to_start_without_state_but_not_crash(answer: str | None, told: int) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if "state" not in scope:
            if answer:
                await send({"type": answer, "message": "needs state"})
            raise RuntimeError("needs state")
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    start = {"type": "lifespan.startup"}
    one = Scenario.from_json(
        {"scope": scope, "script": [["recv", 0, "event", start], ["idle", 1, "shutdown"]]}
    )
    broken = [found for found in compare(play(app), one) if found.rule.id == "lifespan.scope.state.optional"]
    assert sum(bool(found.details) for found in broken) == told
