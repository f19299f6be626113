"""The same scenario gives the same trace, byte for byte, 100 times of 100, and in other processes."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from typing import Any

import pytest

from asgisim.drive.sim import Simulator
from asgisim.model.scenario import Act, Exchange, Options, Scenario
from tests.drive.sim.apps import WHOLE, http, http_scope

anyio = pytest.importorskip("anyio")
real_sleep = time.sleep
PART = {"type": "http.response.body", "more_body": True}


async def _begin(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def group(scope: Any, receive: Any, send: Any) -> None:
    """Six tasks are cancelled, and each sends what it is."""

    async def work(number: int) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.sleep(0)
                await send({**PART, "body": b"%d" % number})

    await _begin(send)
    async with anyio.create_task_group() as tasks:
        for number in range(6):
            tasks.start_soon(work, number)
        await anyio.sleep(1)
        tasks.cancel_scope.cancel()
    await send({"type": "http.response.body"})


async def nested(scope: Any, receive: Any, send: Any) -> None:
    """Groups within groups."""

    async def inner(number: int) -> None:
        async with anyio.create_task_group() as tasks:
            for part in range(3):
                tasks.start_soon(leaf, 10 * number + part)

    async def leaf(number: int) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            await_free.append(number)

    await_free: list[int] = []
    await _begin(send)
    async with anyio.create_task_group() as tasks:
        for number in range(4):
            tasks.start_soon(inner, number)
        await anyio.sleep(1)
        tasks.cancel_scope.cancel()
    await send({"type": "http.response.body", "body": repr(await_free).encode()})


async def pending(scope: Any, receive: Any, send: Any) -> None:
    """An app that goes through a set of its own tasks, and asyncio's groups."""

    async def work(number: int) -> None:
        try:
            await asyncio.sleep(100)
        finally:
            order.append(number)

    order: list[int] = []
    loop = asyncio.get_running_loop()
    _, rest = await asyncio.wait([loop.create_task(work(n)) for n in range(6)], timeout=1)
    for task in rest:
        task.cancel()
    await asyncio.wait(rest)
    await _begin(send)
    await send({"type": "http.response.body", "body": repr(order).encode()})


async def threads(scope: Any, receive: Any, send: Any) -> None:
    """Four threads that race."""

    async def work(number: int) -> None:
        await anyio.to_thread.run_sync(real_sleep, 0.0003 * (number % 3))
        await send({**PART, "body": b"%d" % number})

    await _begin(send)
    async with anyio.create_task_group() as tasks:
        for number in range(4):
            tasks.start_soon(work, number)
    await send({"type": "http.response.body"})


def traces(app: Any, loop: str, times: int) -> set[str]:
    """The distinct traces of so many runs, as JSON."""
    with Simulator(app, loop) as simulator:
        return {json.dumps(simulator.run(http(WHOLE)).to_json()) for _ in range(times)}


CASES = [
    (group, "asyncio"),
    (group, "trio"),
    (nested, "asyncio"),
    (nested, "trio"),
    (pending, "asyncio"),
    (threads, "asyncio"),
    (threads, "trio"),
]


@pytest.mark.parametrize(("app", "loop"), CASES, ids=[f"{app.__name__}-{loop}" for app, loop in CASES])
def test_one_trace_in_100_runs(app: Any, loop: str) -> None:
    assert len(traces(app, loop, 100)) == 1


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_run_does_not_depend_on_the_runs_before_it(loop: str) -> None:
    plain, gone = Act(*WHOLE), Act("send", 2, "disconnect")
    cancelled = http(WHOLE, ("send", 1, "cancel"))
    overlapping = Scenario(
        [Exchange(http_scope(), [plain, gone], Options(start=start)) for start in (0, 1, 2)]
    )
    scenarios = [http(WHOLE), cancelled, overlapping, http(WHOLE, ("send", 1, "disconnect"))]
    alone = []
    for scenario in scenarios:
        with Simulator(group, loop) as simulator:
            alone.append(simulator.run(scenario))
    with Simulator(group, loop) as simulator:
        after = [simulator.run(scenario) for scenario in (*scenarios[::-1], *scenarios)]
    assert after == [*alone[::-1], *alone]


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_one_trace_in_1000_runs_with_threads(loop: str) -> None:
    assert len(traces(threads, loop, 1000)) == 1


# What an app imports in its first call is met as in every later one; the heap is another in each process.
_OTHER = """
import random, sys
from tests.drive.sim import test_determinism as cases
heap = [[] for _ in range(4000)]
random.Random(int(sys.argv[1])).shuffle(heap)
del heap[:2500]
for app, loop in cases.CASES:
    print(app.__name__, loop, cases.traces(app, loop, 1))
"""


def test_one_trace_over_processes_hash_seeds_and_heaps() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", _OTHER, str(seed)],
            env={
                **os.environ,
                "PYTHONHASHSEED": str(seed),
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            },
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in (1, 2, 3)
    }
    assert len(outputs) == 1


def test_the_first_run_of_a_process_is_as_the_second() -> None:
    """anyio imports its backend within the first run: its sets and queues must be in order from the start."""
    code = """
from tests.drive.sim import test_determinism as cases
for app in (cases.group, cases.threads):
    assert len(cases.traces(app, "asyncio", 20)) == 1, app
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", code], env=env, check=True)
