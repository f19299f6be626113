"""Apps that hang, crash, flood or leak: each ends in the fact that names its fault, on asyncio."""

from __future__ import annotations

import asyncio
import signal
import time
import warnings
from typing import Any

import pytest

from asgisim.drive.sim import ClientGone, Simulator
from asgisim.judge import judge
from asgisim.model import trace as t
from asgisim.model.scenario import Act, Exchange, Scenario
from tests.drive.sim import apps
from tests.drive.sim.apps import PART, WHOLE, data, facts, http, http_scope, kinds, run

CASES: list[tuple[Any, list[str]]] = [
    (apps.good, []),
    (apps.hang, ["no-answer", "hang"]),
    (apps.unended, ["unended"]),
    (apps.open_ended, []),
    (apps.busy, ["blocked-loop"]),
    (apps.exits, ["exit"]),
    (apps.interrupts, ["exit"]),
    (apps.deep, []),
    (apps.closes, []),
    (apps.stops, ["exit"]),
    (apps.sends, ["flood"]),
    (apps.receives, ["no-answer", "flood"]),
    (apps.spins, ["spin"]),
    (apps.beats, ["hang"]),
    (apps.swallows, ["no-answer", "hang", "cancel-swallowed"]),
    (apps.leaks, ["task-leak"]),
    (apps.leaks_a_spinner, ["task-leak"]),
    (apps.leaks_in_cycle, ["never-awaited"]),
    (apps.never, ["never-awaited"]),
    (apps.task_dies, ["task-exception"]),
    (apps.generator, ["generator-leak"]),
    (apps.finished_generator, []),
    (apps.sleeps, ["blocked-loop"]),
    (apps.child_exits, ["exit"]),
    (apps.forks, []),
]


@pytest.mark.parametrize(("app", "expected"), CASES, ids=[app.__name__ for app, _ in CASES])
def test_each_fault_is_told_once(app: Any, expected: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork in a process with threads
        trace = run(app, http(WHOLE))
    assert facts(trace) == expected
    assert facts(run(apps.good, http(WHOLE))) == [], "the next run is not touched"


@pytest.mark.parametrize(("app", "expected"), [(apps.tidies, []), (apps.catches, ["cancel-returned"])])
def test_a_cancelled_call_that_returns_is_told(app: Any, expected: list[str]) -> None:
    trace = run(app, http(WHOLE, ("idle", 1, "cancel", None)))
    assert facts(trace) == expected
    assert judge(trace).findings == []


def test_a_client_that_leaves_since_nothing_happens_has_been_owed_an_answer() -> None:
    leaves = ("idle", 1, "disconnect", None)
    assert facts(run(apps.hang, http(WHOLE, leaves))) == ["no-answer", "hang"]
    assert facts(run(apps.unended, http(WHOLE, leaves))) == ["unended"]
    assert facts(run(apps.open_ended, http(WHOLE, leaves))) == []
    assert facts(run(apps.hang, http(leaves))) == ["hang"], "the request was not whole"
    # A twin is there to wake it, so nothing is proved.
    pair = http(WHOLE, leaves).exchanges + http(WHOLE, leaves, start=1).exchanges
    assert facts(run(apps.open_ended, Scenario(pair))) == []


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_generator_that_is_left_open_is_told_for_its_exchange(loop: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await (apps.generator if scope["path"] == "/leaks" else apps.good)(scope, receive, send)

    good, leaks = (Exchange(http_scope(path=path), [Act(*WHOLE)]) for path in ("/", "/leaks"))
    trace = run(app, Scenario([good, leaks, good]), loop)
    assert [step.exchange for step in trace if step.kind == t.FACT] == [1]


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_lifespan_that_sends_for_ever_is_a_flood_too(loop: str) -> None:
    lifespan = Scenario([Exchange({"type": "lifespan", "asgi": {"version": "3.0"}})])
    assert facts(run(apps.sends, lifespan, loop, steps=50)) == ["flood"]


def test_a_raise_is_told_with_its_frames() -> None:
    [deep] = data(run(apps.deep, http(WHOLE)), t.RAISE)
    assert deep["type"] == "RecursionError"
    assert len(deep["where"]) <= 31
    [closed] = data(run(apps.closes, http(WHOLE)), t.RAISE)
    assert closed["text"] == "Cannot close a running event loop"
    assert closed["where"][0].startswith("apps.py:")


def test_a_hang_shows_where_it_waits_through_asynchronous_generators() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def inner() -> Any:
            yield 1
            await apps.hang(None, None, None)

        async def outer() -> Any:
            async for item in inner():
                yield item

        async for _ in outer():
            pass

    trace = run(app, http(("recv", 1, "event", PART)))
    where = data(trace, t.FACT)[-1]["where"]
    names = [line.split()[-1].rpartition(".")[2] for line in where]
    assert names[:5] == ["app", "outer", "inner", "hang", "wait"]


def test_time_sleep_is_found_at_its_line_without_waiting() -> None:
    began = time.perf_counter()
    [fact] = data(run(apps.sleeps, http(WHOLE)), t.FACT)
    assert time.perf_counter() - began < 1
    assert fact["detail"] == "blocking time.sleep(2)"
    assert fact["where"][-1].endswith(" sleeps")


def test_an_own_send_error_that_comes_back_is_marked_also_in_a_group() -> None:
    async def plain(scope: Any, receive: Any, send: Any) -> None:
        await apps.answer(send)

    async def grouped(scope: Any, receive: Any, send: Any) -> None:
        try:
            await apps.answer(send)
        except OSError as error:
            raise ExceptionGroup("two", [error, ExceptionGroup("one", [error])]) from None

    async def other(scope: Any, receive: Any, send: Any) -> None:
        try:
            await apps.answer(send)
        except OSError:
            raise ValueError("instead") from None

    gone = http(WHOLE, ("send", 1, "disconnect"))
    assert [data(run(app, gone), t.RAISE)[0]["own"] for app in (plain, grouped, other)] == [True, True, False]
    assert data(run(other, gone), t.RAISE)[0]["chained"]


def test_late_sends_raise_from_2_4_on_and_are_ignored_before() -> None:
    gone = (WHOLE, ("send", 1, "disconnect"))
    assert data(run(apps.good, http(*gone)), t.SENT) == ["ClientGone: the client has gone"]
    assert kinds(run(apps.good, http(*gone, spec_version="2.3")))[-1] == t.RETURN
    assert kinds(run(apps.good, http(*gone, late_send="ignore")))[-1] == t.RETURN
    assert kinds(run(apps.good, http(*gone, spec_version="2.0", late_send="raise")))[-1] == t.RAISE
    assert issubclass(ClientGone, OSError)


def test_a_stuck_thread_is_told_and_does_not_keep_the_process() -> None:
    import asyncio
    import threading

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.to_thread(threading.Event().wait)

    before = threading.active_count()
    trace = run(app, http(WHOLE))
    assert facts(trace) == ["no-answer", "hang"]
    assert any(line.startswith("thread 1: ") for line in data(trace, t.FACT)[0]["where"])
    for _ in range(100):
        if threading.active_count() <= before:
            break
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_ten_gibibytes_of_body_end_early() -> None:
    part = b"x" * (1 << 20)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(10_240):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body"})

    trace = run(app, http(WHOLE), total=1 << 24)
    assert facts(trace) == []
    assert len(data(trace, t.SEND)) < 40
    assert data(trace, t.RAISE)[0]["own"]


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_real_ctrl_c_stops_the_simulator_and_only_this_run(loop: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if armed:
            signal.raise_signal(signal.SIGINT)
        await apps.answer(send)

    before = signal.getsignal(signal.SIGINT)
    with Simulator(app, loop) as simulator:
        armed = True
        with pytest.raises(KeyboardInterrupt):
            simulator.run(http(WHOLE))
        armed = False
        assert kinds(simulator.run(http(WHOLE)))[-1] == t.RETURN
    assert signal.getsignal(signal.SIGINT) is before


def test_a_group_of_one_is_told_as_what_is_in_it() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def part() -> None:
            raise KeyError("text")

        async with asyncio.TaskGroup() as group:
            group.create_task(part())

    [raised] = [one for one in run(app, http(WHOLE)) if one.kind == t.RAISE]
    assert (raised.data["type"], raised.data["text"]) == ("ExceptionGroup", "KeyError: 'text'")
    assert raised.data["where"][-1].endswith(".part")


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_the_clock_of_the_app_moves_with_the_script(loop: str) -> None:
    gaps: list[float] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        began = time.monotonic()
        await receive()
        gaps.append(time.monotonic() - began)

    lines = ("http POST /", "recv 0 event http.request more_body=True", "sleep 5 event http.request")
    with Simulator(app, loop=loop) as simulator:
        simulator.run(Scenario.parse(*lines))
    assert gaps == [5.0]
