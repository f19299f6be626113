"""What the simulated client and server do, step by step."""

from __future__ import annotations

import functools
from contextvars import ContextVar
from typing import Any

import pytest

from asgisim.drive.sim import Simulator, asimulate, simulate
from asgisim.model import trace as t
from asgisim.model.codec import OneShot
from asgisim.model.scenario import Act, Exchange, Options, Scenario
from tests.drive.sim import apps
from tests.drive.sim.apps import PART, REQUEST, WHOLE, data, facts, http, http_scope, kinds, run, websocket

BOTH = pytest.mark.parametrize("loop", ["asyncio", "trio"])
VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="")
TEXT = {"type": "websocket.receive", "text": "a"}


async def echo(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] != "websocket.disconnect":
        await send({"type": "websocket.send", "text": event["text"]})


async def life(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        scope["state"]["shared"] = []
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    scope["state"]["shared"].append(1)
    scope["state"]["own"] = 1
    await apps.answer(send)


@BOTH
def test_http(loop: str) -> None:
    trace = run(apps.good, http(("recv", 0, "event", PART), ("recv", 2, "event", REQUEST)), loop)
    assert kinds(trace) == [t.RECEIVE, t.RECEIVE, t.SEND, t.SEND, t.RETURN]
    assert data(trace, t.RECEIVE) == [PART, REQUEST]
    assert kinds(trace)[-1] == t.RETURN


@BOTH
def test_receive_gives_disconnect_after_the_whole_response_again_and_again(loop: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> list[str]:
        await apps.answer(send)
        return [(await receive())["type"] for _ in range(3)]

    assert data(run(app, http(WHOLE), loop), t.RETURN) == [["http.disconnect"] * 3]


@BOTH
def test_websocket_connects_first_and_holds_messages_until_the_accept(loop: str) -> None:
    trace = run(echo, websocket(("recv", 0, "event", TEXT), ("idle", 1, "disconnect", {"code": 1001})), loop)
    assert [event["type"] for event in data(trace, t.RECEIVE)] == [
        "websocket.connect",
        "websocket.receive",
        "websocket.disconnect",
    ]
    assert data(trace, t.RECEIVE)[-1]["code"] == 1001
    assert data(trace, t.LEFT) == [{"code": 1001}]


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ([{"type": "websocket.close", "code": 1008}], 1006),
        ([{"type": "websocket.accept"}, {"type": "websocket.close", "code": 1008}], 1008),
        ([{"type": "websocket.accept"}, {"type": "websocket.close"}], 1000),
    ],
)
def test_the_code_after_the_apps_own_close(first: list[Any], code: int) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> Any:
        await receive()
        for event in first:
            await send(event)
        return await receive()

    assert data(run(app, websocket()), t.RETURN) == [{"type": "websocket.disconnect", "code": code}]


@BOTH
def test_lifespan_spans_the_others_and_state_is_copied_shallowly(loop: str) -> None:
    lifespan = Exchange({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}})
    request = Exchange(http_scope(state={}), [Act(*WHOLE)])
    scenario = Scenario([lifespan, request, request])
    trace = run(life, scenario, loop)
    assert facts(trace) == []
    assert data(trace, t.SCOPE)[1]["state"] == {"shared": []}
    assert data(trace, t.SCOPE)[2]["state"] == {"shared": [1]}, "the list is shared, the dict is not"
    assert [step.exchange for step in trace if step.kind == t.RETURN] == [1, 2, 0]
    assert lifespan.scope["state"] == {}, "the scenario stays as it was"


@BOTH
def test_no_exchange_sees_the_context_variables_of_another(loop: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> Any:
        seen = VARIABLE.get()
        VARIABLE.set("set by an exchange")
        await apps.good(scope, receive, send)
        return seen

    request = Exchange(http_scope(), [Act(*WHOLE)])
    assert data(run(app, Scenario([request, request]), loop), t.RETURN) == ["", ""]


def test_exchanges_overlap_by_start() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    first = Exchange(http_scope(), [Act(*WHOLE)])
    second = Exchange(http_scope(), [Act(*WHOLE)], Options(start=2))
    order = [
        step.exchange for step in run(app, Scenario([first, second])) if step.kind in (t.SCOPE, t.RETURN)
    ]
    assert order == [0, 1, 0, 1]


@BOTH
def test_block_and_unblock(loop: str) -> None:
    script = (WHOLE, ("send", 1, "block"), ("idle", 1, "unblock"))
    trace = run(apps.good, http(*script), loop)
    assert data(trace, t.SENT) == ["blocked", "resumed"]
    assert kinds(trace)[-1] == t.RETURN
    assert data(run(apps.good, http(*script[:2]), loop), t.SENT) == ["blocked", "resumed"], "epilogue"


@BOTH
@pytest.mark.parametrize("gate", ["recv", "send", "presend", "idle", "tick", "sleep"])
@pytest.mark.parametrize("act", ["disconnect", "block", "cancel", "shutdown"])
def test_any_gate_and_act_ends(loop: str, gate: str, act: str) -> None:
    for n in (0, 1, 2, 9):
        assert facts(run(apps.good, http(WHOLE, (gate, n, act)), loop)) == []
        assert facts(run(echo, websocket((gate, n, act)), loop)) in ([], ["cancel-swallowed"])


def test_cancel_waits_for_the_first_step() -> None:
    trace = run(apps.good, http(("recv", 0, "cancel")))
    assert kinds(trace)[-2:] == [t.CANCEL, t.RAISE]


@BOTH
def test_disconnect_exactly_between_two_checkpoints(loop: str) -> None:
    """One k of 30 hits a window of one pass."""

    async def pause() -> None:
        if loop == "trio":
            import trio

            await trio.lowlevel.checkpoint()
        else:
            import asyncio

            await asyncio.sleep(0)

    async def app(scope: Any, receive: Any, send: Any) -> bool:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        part = {"type": "http.response.body", "body": b"", "more_body": True}
        hit = False
        for step in range(10):
            try:
                await send(part)
                before = True
            except OSError:
                before = False
            await pause()
            if step == 5 and before:
                try:
                    await send(part)
                except OSError:
                    hit = True
        return hit

    hits = [run(app, http(WHOLE, ("tick", k, "disconnect")), loop) for k in range(1, 31)]
    assert sum(data(trace, t.RETURN) == [True] for trace in hits) == 1


def test_snapshots_do_not_change_when_the_app_changes_its_values() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["headers"].clear()
        event = {"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]}
        await send(event)
        event["headers"].clear()  # type: ignore[attr-defined]
        headers = (pair for pair in [(b"c", b"d")])
        await send({"type": "http.response.body", "body": bytearray(b"x"), "headers": headers})

    scenario = http(WHOLE)
    trace = run(app, scenario)
    assert data(trace, t.SCOPE)[0]["headers"] == [(b"host", b"x")]
    assert scenario.exchanges[0].scope["headers"] == [(b"host", b"x")]
    assert data(trace, t.SEND)[0]["headers"] == [(b"a", b"b")]
    assert data(trace, t.SEND)[1]["headers"] == OneShot([(b"c", b"d")])


def test_headers_with_any_attribute_are_no_file() -> None:
    class Headers:
        def __getattr__(self, name: str) -> None:
            return None

        def __iter__(self) -> Any:
            return iter([(b"a", b"b")])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": Headers()})
        await send({"type": "http.response.body"})

    assert data(run(app, http(WHOLE)), t.SEND)[0]["headers"] == OneShot([(b"a", b"b")])


def test_an_iterator_in_the_scope_reaches_the_app_unconsumed() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> Any:
        return list(scope["headers"])

    scenario = Scenario([Exchange(http_scope(headers=OneShot([(b"a", b"b")])), [Act(*WHOLE)])])
    for _ in range(2):
        assert data(run(app, scenario), t.RETURN) == [[(b"a", b"b")]]


def test_asgi_2() -> None:
    def double(scope: Any) -> Any:
        async def instance(receive: Any, send: Any) -> None:
            await apps.good(scope, receive, send)

        return instance

    class Double:
        def __init__(self, scope: Any) -> None:
            self.scope = scope

        async def __call__(self, receive: Any, send: Any) -> None:
            await apps.good(self.scope, receive, send)

    @functools.wraps(double)
    def handed_on(*given: Any) -> Any:
        return double(*given)

    for app in (double, Double, handed_on):
        assert kinds(run(app, http(WHOLE))) == [t.RECEIVE, t.SEND, t.SEND, t.RETURN]


def test_what_an_app_was_made_of_is_not_how_it_is_called() -> None:
    async def view(request: Any) -> None:
        """A decorator takes this, and its name; the app is what it returns."""

    @functools.wraps(view)
    def app(scope: Any, receive: Any, send: Any) -> Any:
        return apps.good(scope, receive, send)

    assert kinds(run(app, http(WHOLE))) == [t.RECEIVE, t.SEND, t.SEND, t.RETURN]


@BOTH
def test_an_unknown_scope_is_just_called(loop: str) -> None:
    async def waits(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    trace = run(waits, Scenario([Exchange({"type": "mqtt"})]), loop)
    assert facts(trace) == []
    assert kinds(trace)[-1] == t.RAISE


def test_from_inside_a_running_loop() -> None:
    import asyncio

    async def main() -> tuple[Any, Any]:
        return simulate(apps.good, http(WHOLE)), await asimulate(apps.good, http(WHOLE))

    one, two = asyncio.run(main())
    assert one == two


def test_from_inside_trio() -> None:
    import trio

    async def main() -> Any:
        return await asimulate(apps.good, http(WHOLE)), await asimulate(apps.good, http(WHOLE), "trio")

    one, two = trio.run(main)
    assert one == two


def test_trio_can_be_used_between_runs() -> None:
    import trio

    with Simulator(apps.good, "trio") as simulator:
        one = simulator.run(http(WHOLE))
        trio.run(trio.sleep, 0)
        assert simulator.run(http(WHOLE)) == one


def test_an_unknown_loop_is_refused() -> None:
    with pytest.raises(ValueError, match="asyncio or trio"):
        Simulator(apps.good, "uvloop")
