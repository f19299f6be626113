"""Virtual time beside real threads: no false time-out, no jump too early, every deadlock proved."""

from __future__ import annotations

import asyncio
import logging.handlers
import queue
import random
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

from asgisim.drive.sim import Simulator
from asgisim.drive.sim.limits import Limits
from asgisim.model import trace as t
from tests.drive.sim.apps import WHOLE, answer, data, facts, http, run

anyio = pytest.importorskip("anyio")
real_sleep, real_monotonic = (
    time.sleep,
    time.monotonic,
)  # taken before any run: virtual time does not reach it
BOTH = pytest.mark.parametrize("loop", ["asyncio", "trio"])


def app_of(body: Callable[[], Any]) -> Any:
    """An app that does this, then answers and returns what it gave."""

    async def app(scope: Any, receive: Any, send: Any) -> Any:
        value = await body()
        await answer(send)
        return value

    return app


def outcome(body: Callable[[], Any], loop: str = "asyncio") -> tuple[list[Any], float, list[str]]:
    """What the app returned, the virtual time it took, and the facts."""
    trace = run(app_of(body), http(WHOLE), loop)
    return data(trace, t.RETURN), trace.steps[-1].time, facts(trace)


async def sleeps_twice() -> None:
    await anyio.sleep(30)
    await anyio.sleep(30)


async def anyio_thread() -> int:
    with anyio.fail_after(1):
        return await anyio.to_thread.run_sync(lambda: real_sleep(0.05) or 7)


async def calls_back() -> int:
    return await anyio.to_thread.run_sync(lambda: anyio.from_thread.run(anyio.sleep, 30)) or 7


async def virtual_sleep_in_thread() -> int:
    return await anyio.to_thread.run_sync(lambda: time.sleep(30) or 7)


async def nested() -> int:
    async def inner() -> int:
        return await anyio.to_thread.run_sync(lambda: anyio.from_thread.run(anyio.sleep, 5)) or 7

    return await anyio.to_thread.run_sync(lambda: anyio.from_thread.run(inner))


async def monotonic_loop() -> int:
    end, rounds = time.monotonic() + 30, 0
    while time.monotonic() < end:
        await anyio.sleep(1)
        rounds += 1
    return rounds


BODIES = [
    (sleeps_twice, None, 60.0),
    (anyio_thread, 7, 0.0),
    (calls_back, 7, 30.0),
    (virtual_sleep_in_thread, 7, 30.0),
    (nested, 7, 5.0),
    (monotonic_loop, 30, 30.0),
]


@BOTH
@pytest.mark.parametrize(("body", "value", "took"), BODIES, ids=[body.__name__ for body, _, _ in BODIES])
def test_each_case_gives_its_value_at_its_virtual_time(loop: str, body: Any, value: Any, took: float) -> None:
    assert outcome(body, loop) == ([value], took, [])


def test_asyncio_to_thread() -> None:
    async def body() -> int:
        return await asyncio.wait_for(asyncio.to_thread(lambda: real_sleep(0.05) or 7), 1)

    assert outcome(body) == ([7], 0.0, [])


@pytest.mark.parametrize("stops", [True, False])
def test_a_listener_on_a_queue_of_log_records_is_not_at_work(stops: bool) -> None:
    handled: list[str] = []

    class Handler(logging.Handler):
        def handle(self, record: logging.LogRecord) -> bool:
            handled.append(record.getMessage())
            return True

    async def app(scope: Any, receive: Any, send: Any) -> None:
        records: queue.SimpleQueue[Any] = queue.SimpleQueue()
        listener = logging.handlers.QueueListener(records, Handler())
        listener.start()
        records.put(logging.makeLogRecord({"msg": "one"}))
        await asyncio.sleep(1)
        if stops:
            listener.stop()
        await answer(send)

    trace = run(app, http(WHOLE))
    assert facts(trace) == []
    assert trace.steps[-1].time == 1
    # The run does not wait for a listener that goes on: Python 3.13 may wake it later than 3.12 does.
    ends = time.monotonic() + 20
    while not handled and not stops and time.monotonic() < ends:
        real_sleep(0.01)
    assert handled == ["one"]


def test_a_raw_thread_that_posts_to_the_loop() -> None:
    async def body() -> int:
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def work() -> None:
            real_sleep(0.05)
            loop.call_soon_threadsafe(done.set)

        threading.Thread(target=work).start()
        await asyncio.wait_for(done.wait(), 1)
        return 7

    assert outcome(body) == ([7], 0.0, [])


def test_asgiref_sync_and_async_nested() -> None:
    sync = pytest.importorskip("asgiref.sync")

    async def sleeps() -> int:
        await asyncio.sleep(30)
        return 7

    async def short() -> int:
        return await asyncio.wait_for(sync.sync_to_async(lambda: real_sleep(0.05) or 7)(), 1)

    async def there_and_back() -> int:
        return await sync.sync_to_async(sync.async_to_sync(sleeps))()

    async def left() -> int:
        async with sync.ThreadSensitiveContext():
            return await asyncio.wait_for(sync.sync_to_async(lambda: real_sleep(0.05) or 7)(), 1)

    assert outcome(short) == ([7], 0.0, [])
    assert outcome(there_and_back) == ([7], 30.0, [])
    assert outcome(left) == ([7], 0.0, [])


def test_a_real_socket_pair() -> None:
    async def body() -> bytes:
        left, right = socket.socketpair()
        with left, right:
            left.setblocking(False)
            right.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(left, b"x")
            return await loop.sock_recv(right, 1)

    assert outcome(body) == ([b"x"], 0.0, [])


@BOTH
def test_deadlocks_are_proved_also_with_threads_parked(loop: str) -> None:
    async def plain() -> None:
        await anyio.sleep_forever()

    async def thread_waits_for_us() -> None:
        await anyio.to_thread.run_sync(lambda: anyio.from_thread.run(anyio.sleep_forever))

    for body in (plain, thread_waits_for_us):
        assert outcome(body, loop)[2] == ["no-answer", "hang"]

    async def thread_waits_for_ever() -> None:
        await anyio.to_thread.run_sync(threading.Event().wait)

    assert outcome(thread_waits_for_ever, loop)[2][:2] == ["no-answer", "hang"]


def _stress(loop: str, rounds: int) -> None:
    async def body() -> int:
        seed = random.Random(counter[0])

        def work(pause: float, back: bool) -> None:
            real_sleep(pause)
            if back:
                anyio.from_thread.run(anyio.sleep, 0.25)

        with anyio.fail_after(1):
            async with anyio.create_task_group() as group:
                for _ in range(seed.randint(1, 4)):
                    pause, back = seed.randint(0, 300) / 1e6, seed.random() < 0.3
                    group.start_soon(anyio.to_thread.run_sync, work, pause, back)
        return 7

    counter = [0]
    with Simulator(app_of(body), loop) as simulator:
        for counter[0] in range(rounds):
            trace = simulator.run(http(WHOLE))
            assert data(trace, t.RETURN) == [7], (counter[0], trace.steps)
            assert facts(trace) == []


@BOTH
def test_no_false_time_out_under_stress(loop: str) -> None:
    _stress(loop, 200)


@BOTH
@pytest.mark.slow
def test_no_false_time_out_under_long_stress(loop: str) -> None:
    _stress(loop, 1500)


def test_a_thread_that_does_not_come_back_is_waited_for_once() -> None:
    """A middleware may hold a thread up for good: the runs after that must not wait for it as well."""
    held, release = threading.Event(), threading.Event()

    def never_parked() -> None:
        held.set()
        while not release.is_set():
            real_sleep(0.005)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if not held.is_set():
            threading.Thread(target=never_parked, daemon=True).start()
        await answer(send)

    try:
        with Simulator(app, limits=Limits(wall=0.3)) as simulator:
            told = [facts(simulator.run(http(WHOLE))) for _ in range(3)]
    finally:
        release.set()
    assert told == [["thread-stuck"], [], []]


def _queue_worker(jobs: Any) -> None:
    while True:
        loop, done = jobs.get()
        real_sleep(0.005)
        loop.call_soon_threadsafe(done.set_result, 7)


@pytest.mark.parametrize("kind", [queue.Queue, queue.SimpleQueue])
def test_a_worker_from_before_the_run_is_waited_for(kind: Any) -> None:
    """An app may start it when it is imported, and wakes it with work."""
    jobs = kind()
    threading.Thread(target=_queue_worker, args=(jobs,), daemon=True).start()

    async def body() -> Any:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        jobs.put((loop, done))
        return await asyncio.wait_for(done, 30)

    for _ in range(20):
        assert outcome(body) == ([7], 0.0, [])


def test_a_loop_in_a_thread_from_before_the_run_is_waited_for() -> None:
    other = asyncio.new_event_loop()
    thread = threading.Thread(target=other.run_forever, daemon=True)
    thread.start()

    async def seven() -> int:
        real_sleep(0.005)
        return 7

    async def body() -> int:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(seven(), other))

    for _ in range(20):
        assert outcome(body) == ([7], 0.0, [])
    other.call_soon_threadsafe(other.stop)
    thread.join()
    other.close()


@pytest.mark.parametrize("seconds", [60, 0.05], ids=["long", "short"])
def test_a_thread_that_looks_again_every_so_often_holds_nothing_up(seconds: float) -> None:
    """Its waits are real time, and none of them is waited for; what hangs beside it hangs all the same."""

    async def body(ends: bool) -> int:
        stop = threading.Event()

        def look() -> None:
            while not stop.wait(seconds):
                pass

        threading.Thread(target=look, daemon=True).start()
        try:
            await (asyncio.sleep(30) if ends else asyncio.Event().wait())
        finally:
            stop.set()
        return 7

    began = real_monotonic()
    for _ in range(3):
        assert outcome(lambda: body(True)) == ([7], 30.0, [])
    assert outcome(lambda: body(False))[2][:2] == ["no-answer", "hang"]
    assert real_monotonic() - began < 30


def test_a_worker_begun_by_the_first_request_serves_the_later_ones() -> None:
    jobs, begun = queue.Queue[Any](), threading.Event()

    async def body() -> Any:
        if not begun.is_set():
            begun.set()
            threading.Thread(target=_queue_worker, args=(jobs,), daemon=True).start()
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        jobs.put((loop, done))
        return await done

    for _ in range(20):
        assert outcome(body) == ([7], 0.0, [])


def test_a_pool_of_processes() -> None:
    with ProcessPoolExecutor(1) as pool:

        async def body() -> int:
            return await asyncio.get_running_loop().run_in_executor(pool, sum, (3, 4))

        for _ in range(3):
            assert outcome(body) == ([7], 0.0, [])


def test_a_subprocess() -> None:
    async def body() -> bytes:
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec("cat", stdin=pipe, stdout=pipe)
        return (await asyncio.wait_for(child.communicate(b"seven"), 60))[0]

    assert outcome(body) == ([b"seven"], 0.0, [])


@pytest.mark.parametrize("to_thread", [anyio.to_thread.run_sync, asyncio.to_thread], ids=["anyio", "asyncio"])
def test_a_worker_that_waits_with_a_time_out_is_waited_for(to_thread: Any) -> None:
    """As a view that polls: somebody waits for what comes of it, however often it was waited for before."""

    async def body() -> Any:
        return await to_thread(lambda: threading.Event().wait(1.2) or 7)

    for _ in range(2):
        assert outcome(body) == ([7], 0.0, [])


def test_a_worker_that_was_too_slow_once_is_waited_for_the_next_time() -> None:
    pauses = [0.6, 0.05]

    def work() -> int:
        real_sleep(pauses.pop(0))
        return 7

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.to_thread(work)
        await answer(send)

    with Simulator(app, limits=Limits(wall=0.2)) as simulator:
        assert "thread-stuck" in facts(simulator.run(http(WHOLE)))
        real_sleep(0.6)
        assert facts(simulator.run(http(WHOLE))) == []


def test_a_thread_that_gets_from_an_empty_queue_waits_for_the_loop() -> None:
    """As the thread of a database connection does, begun in the run itself."""

    async def body() -> Any:
        loop, jobs = asyncio.get_running_loop(), queue.SimpleQueue[Any]()
        threading.Thread(target=_queue_worker, args=(jobs,), daemon=True).start()
        done = loop.create_future()
        jobs.put((loop, done))
        await asyncio.sleep(30)
        return await done

    async def waits() -> None:
        threading.Thread(target=_queue_worker, args=(queue.SimpleQueue(),), daemon=True).start()
        await asyncio.Event().wait()

    assert outcome(body) == ([7], 30.0, [])
    assert outcome(waits)[2][:2] == ["no-answer", "hang"]
