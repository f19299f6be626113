"""The facts on trio, on one guest after another."""

from __future__ import annotations

import socket
import sys
import threading
from typing import Any

import pytest

from asgisim.drive.sim import Limits, Simulator
from asgisim.model import trace as t
from tests.drive.sim.apps import KEPT, WHOLE, answer, data, facts, http, kinds, run

trio = pytest.importorskip("trio")


async def good(scope: Any, receive: Any, send: Any) -> None:
    await trio.sleep(3600)
    await answer(send)


async def hang(scope: Any, receive: Any, send: Any) -> None:
    await trio.sleep_forever()


async def busy(scope: Any, receive: Any, send: Any) -> None:
    while True:
        pass


async def exits(scope: Any, receive: Any, send: Any) -> None:
    sys.exit(3)


async def spins(scope: Any, receive: Any, send: Any) -> None:
    while True:
        await trio.lowlevel.checkpoint()


async def swallows(scope: Any, receive: Any, send: Any) -> None:
    while True:
        try:
            await trio.sleep_forever()
        except trio.Cancelled:
            pass


async def receives(scope: Any, receive: Any, send: Any) -> None:
    while True:
        await receive()


async def leaks(scope: Any, receive: Any, send: Any) -> None:
    trio.lowlevel.spawn_system_task(trio.sleep, 100)
    await answer(send)


async def never(scope: Any, receive: Any, send: Any) -> None:
    trio.sleep(1)
    await answer(send)


async def generator(scope: Any, receive: Any, send: Any) -> None:
    async def numbers() -> Any:
        yield 1
        yield 2

    KEPT[:] = [numbers()]
    await KEPT[0].__anext__()
    await answer(send)


async def stuck(scope: Any, receive: Any, send: Any) -> None:
    await trio.to_thread.run_sync(threading.Event().wait)


CASES: list[tuple[Any, list[str]]] = [
    (good, []),
    (hang, ["no-answer", "hang"]),
    (busy, ["blocked-loop"]),
    (exits, ["exit"]),
    (spins, ["spin"]),
    (swallows, ["no-answer", "hang", "cancel-swallowed"]),
    (receives, ["no-answer", "flood"]),
    (leaks, ["task-leak"]),
    (never, ["never-awaited"]),
    (generator, ["generator-leak"]),
    (stuck, ["no-answer", "hang", "thread-stuck"]),
]


@pytest.mark.parametrize(("app", "expected"), CASES, ids=[app.__name__ for app, _ in CASES])
def test_each_fault_is_told_and_the_next_run_is_clean(app: Any, expected: list[str]) -> None:
    chosen = [app]

    async def both(scope: Any, receive: Any, send: Any) -> None:
        await chosen[0](scope, receive, send)

    with Simulator(both, "trio", Limits(blocked=0.3, wall=2.0)) as simulator:
        assert facts(simulator.run(http(WHOLE))) == expected
        chosen[0] = good
        trace = simulator.run(http(WHOLE))
        assert facts(trace) == []
        assert trace.steps[-1].time == 3600.0


def test_a_group_of_the_own_send_error_and_cancelled_does_not_end_the_guest() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        async with trio.open_nursery() as nursery:
            await send({"type": "http.response.start", "status": 200, "headers": []})

            async def beat() -> None:
                while True:
                    await trio.sleep(1)
                    await send({"type": "http.response.body", "body": b"x", "more_body": True})

            nursery.start_soon(beat)
            nursery.start_soon(beat)
            await trio.sleep_forever()

    with Simulator(app, "trio") as simulator:
        for _ in range(2):
            trace = simulator.run(http(WHOLE, ("send", 2, "disconnect")))
            assert kinds(trace)[-1] == t.RAISE
            assert data(trace, t.RAISE)[0]["own"]
            assert facts(trace) == []


def test_the_same_app_gives_the_same_trace_on_both_backends() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await answer(send)

    assert run(app, http(WHOLE), "trio") == run(app, http(WHOLE), "asyncio")


async def reads_a_socket(scope: Any, receive: Any, send: Any) -> None:
    ends = [trio.socket.from_stdlib_socket(one) for one in socket.socketpair()]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ends[0].recv, 1)
        await trio.lowlevel.checkpoint()
        await ends[1].send(b"x")
    for end in ends:
        end.close()
    await answer(send)


async def leaves_a_scope(scope: Any, receive: Any, send: Any) -> None:
    KEPT.append(trio.CancelScope().__enter__())
    await answer(send)


@pytest.mark.parametrize("app", [good, hang, reads_a_socket, leaves_a_scope])
def test_the_shorter_way_of_stepping_and_starting_is_not_seen(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = sys.modules["asgisim.drive.sim.trio_"]
    short = run(app, http(WHOLE), "trio").to_json()
    monkeypatch.setattr(module, "_KNOWN", False)
    monkeypatch.setattr(module.Guest, "_take_over", lambda guest: None)
    assert run(app, http(WHOLE), "trio").to_json() == short
