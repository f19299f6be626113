"""The simulated server on asyncio: one fresh loop per run."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

from asgisim import trace as t
from asgisim.drive.sim import vtime
from asgisim.drive.sim.census import Census, LockStep
from asgisim.drive.sim.chains import await_chain
from asgisim.drive.sim.limits import Limits
from asgisim.drive.sim.loop import SerialTask, SimLoop, exchange_index
from asgisim.drive.sim.patches import Patches
from asgisim.drive.sim.peer import BLOCKED, PARK, WAIT, ClientGone, Peer
from asgisim.drive.sim.snapshot import place, raised, snapshot, stack
from asgisim.drive.sim.stage import Stage
from asgisim.drive.sim.watch import WATCHDOG, Blocked
from asgisim.scenario import Scenario
from asgisim.trace import Step, Trace

_ENDS = (Blocked, SystemExit, KeyboardInterrupt)  # told by other facts

App = Callable[[Any, Any, Any], Any]


class Host:
    """One run on one SimLoop."""

    def __init__(self, app: App, scenario: Scenario, limits: Limits) -> None:
        self.app = app
        self.limits = limits
        self.scopes: dict[int, Any] = {}
        self.tasks: dict[int, SerialTask] = {}
        self.waiters: dict[int, list[asyncio.Future[None]]] = {}
        self.facts: list[tuple[int, str, str, list[str]]] = []
        self.settling = False
        self.passes = 0
        WATCHDOG.start()
        self.census = Census()
        self.stage = Stage(scenario, self, limits, vtime.MONOTONIC)
        self.loop = SimLoop(self.on_pass, self.on_idle)
        self.loop.set_exception_handler(self.on_exception)
        self.clocks = vtime.Clocks(self._now, self._sleep)
        self.lockstep = LockStep(self.settle_threads, self.census.me)
        self.patches = Patches(self.settle_threads, self._on_loop_thread)
        self.stuck = False

    # What the peers want done

    def start(self, peer: Peer, scope: Any) -> None:
        """Call the app for this exchange."""
        self.scopes[peer.index] = scope
        context = contextvars.copy_context()
        context.run(exchange_index.set, peer.index)
        # Not with context=: 3.10 does not have it, and a task copies the context that it is made in.
        task = context.run(lambda: SerialTask(self._call(peer, scope), loop=self.loop))
        self.tasks[peer.index] = task

    def wake(self, peer: Peer) -> None:
        """Let the waiting receives and sends look again."""
        waiters = self.waiters.get(peer.index)
        if waiters:
            self.waiters[peer.index] = []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    def cancel(self, peer: Peer) -> None:
        """Cancel the call."""
        self.tasks[peer.index].cancel()

    def chains(self, peer: Peer) -> list[str]:
        """Where the call waits, then its other tasks, then the app's threads."""
        main = self.tasks[peer.index]
        lines = await_chain(main.get_coro())
        for task in self._app_tasks():
            if task.exchange == peer.index and task is not main:
                lines += [f"task: {line}" for line in await_chain(task.get_coro())[:12]]
        return lines + self.census.stacks()

    # The app's call

    async def _call(self, peer: Peer, scope: Any) -> None:
        peer.begun = True
        try:
            value = await self.app(scope, *self._channel(peer))
        except Blocked:
            self._blocked(peer)
        except BaseException as error:
            if isinstance(error, SystemExit | KeyboardInterrupt):
                peer.fact("exit", f"raised {type(error).__name__}", [])
            if not peer.over:
                peer.note(t.RAISE, raised(error, _own))
        else:
            if not peer.over:
                peer.note(t.RETURN, snapshot(value))
        self.stage.ended(peer)

    def _blocked(self, peer: Peer) -> None:
        where, WATCHDOG.where = WATCHDOG.where, []
        peer.fact("blocked-loop", f"the event loop was held for over {self.limits.blocked:g} s", where)
        peer.note(t.CANCEL, "blocked")

    def _channel(self, peer: Peer) -> tuple[Any, Any]:
        passes = peer.exchange.options.passes

        async def receive() -> Any:
            peer.gate("recv")
            for _ in range(passes):
                await asyncio.sleep(0)
            event = peer.take()
            if event is WAIT:
                peer.note(t.WAIT, None)
                while event is WAIT:
                    await self._wait(peer)
                    event = peer.take()
            if event is PARK:
                await self._park()
            return event

        async def send(event: Any) -> None:
            for _ in range(passes):
                await asyncio.sleep(0)
            outcome = peer.accept(event)
            while outcome is BLOCKED:
                await self._wait(peer)
                outcome = peer.resume()
            if outcome is PARK:
                await self._park()

        return receive, send

    async def _wait(self, peer: Peer) -> None:
        waiter: asyncio.Future[None] = asyncio.Future(loop=self.loop)
        self.waiters.setdefault(peer.index, []).append(waiter)
        await waiter

    async def _park(self) -> None:
        await asyncio.Future(loop=self.loop)

    # The loop's hooks

    def on_pass(self) -> None:
        """One pass of the scheduler."""
        WATCHDOG.beat += 1
        if self.settling:
            self.passes += 1
            if self.passes > self.limits.passes:
                self.loop.end()
        else:
            self.stage.on_tick()

    def on_idle(self, timer: float | None) -> float | None:
        """Nothing is ready: wait for threads in real time, then let the stage decide."""
        if not self.census.alone():
            self.settle_threads(until_work=True)
            if self.loop._ready:
                return None
        if self.settling or self.stage.finished:
            self.loop.end()
            return None
        if timer is None and self.loop.fake.has_files() and self._poll_files():
            return None
        return self.stage.on_idle(timer)

    def _poll_files(self) -> bool:
        """Wait shortly for real sockets, since a deadlock cannot be proved while they are open."""
        real = self.loop.fake.real
        assert real is not None
        found = real.select(0.2)
        WATCHDOG.beat += 1
        if found:
            self.loop._process_events(found)
        return bool(found)

    def settle_threads(self, until_work: bool = False) -> None:
        """Wait in real time until no thread of the app can move on, at most for the wall limit."""
        if self.stuck:
            return
        began, step = vtime.real_monotonic(), 0.001
        while not self.census.quiet():
            if until_work and self.loop._ready:
                return
            WATCHDOG.beat += 1
            if until_work:
                self.loop.wakelock.acquire(timeout=step)
            else:
                vtime.real_sleep(0.0002)
            step = min(step * 2, 0.005)
            if vtime.real_monotonic() - began > self.limits.wall:
                self.stuck = True
                detail = f"a thread is at work for over {self.limits.wall:g} s"
                index = self.stage.peers[-1].index if self.stage.peers else 0
                self.facts.append((index, "thread-stuck", detail, self.census.stacks()))
                return

    def on_exception(self, loop: Any, context: dict[str, Any]) -> None:
        """What the loop would have logged."""
        error = context.get("exception")
        if error is None or isinstance(error, _ENDS) or self.loop.is_closed():
            return
        task = context.get("task") or context.get("future")
        index = task.exchange if isinstance(task, SerialTask) else exchange_index.get()
        seen = raised(error, _own)
        if seen["own"]:
            return
        self.facts.append((index, "task-exception", f"{seen['type']}: {seen['text']}", seen["where"]))

    def _now(self) -> float:
        return self.loop.now

    def _on_loop_thread(self) -> bool:
        return threading.get_ident() == self.census.me

    def _sleep(self, seconds: float) -> None:
        """time.sleep: a finding on the loop's thread, a timer of the loop in the app's own threads."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        ident = threading.get_ident()
        if ident == self.census.me:
            if seconds > 0:
                where = stack(sys._getframe(1))
                self.facts.append(
                    (exchange_index.get(), "blocked-loop", f"blocking time.sleep({seconds:g})", where)
                )
                self.loop.now += seconds
                self.stage.jump(self.loop.now)
        elif ident in self.census.foreign:
            vtime.real_sleep(seconds)
        else:
            done = threading.Event()
            self.loop.call_soon_threadsafe(self.loop.call_later, seconds, done.set)
            done.wait()

    # The run

    def run(self) -> Trace:
        """All of it: the exchanges, the leaks, and everything put back as it was."""
        outer = asyncio._get_running_loop()
        asyncio._set_running_loop(None)
        unawaited = warnings._warn_unawaited_coroutine  # type: ignore[attr-defined]
        warnings._warn_unawaited_coroutine = self._unawaited  # type: ignore[attr-defined]
        collecting = gc.isenabled()
        gc.disable()
        self.clocks.install()
        self.lockstep.install()
        self.patches.install()
        WATCHDOG.arm(self.limits.blocked)
        try:
            self.stage.flow()
            self._drive()
            self._settle()
        finally:
            WATCHDOG.disarm()
            self.patches.remove()
            self.lockstep.remove()
            self.clocks.remove()
            if collecting:
                gc.enable()
            warnings._warn_unawaited_coroutine = unawaited  # type: ignore[attr-defined]
            asyncio._set_running_loop(outer)
            self.census.close()
        return Trace(self.stage.steps)

    def _drive(self) -> None:
        while not self.stage.finished:
            self._forever()

    def _forever(self) -> None:
        """run_forever; comes back when the host, or the app, or an exception ends it."""
        loop = self.loop
        try:
            loop.run_forever()
        except Blocked:
            for peer in list(self.stage.live):
                self._blocked(peer)
                self.stage.drop(peer)
        except (SystemExit, KeyboardInterrupt) as error:
            if interrupted():
                raise
            self.facts.append((exchange_index.get(), "exit", f"a task raised {type(error).__name__}", []))
        if loop.stops:
            loop.stops = 0
            self.facts.append((0, "exit", "the app stopped the event loop", []))

    def _settle(self) -> None:
        """After the calls have ended: let the rest run without a jump, then look what is left."""
        loop = self.loop
        self.settling = True
        if loop._ready or loop.serial > len(self.tasks):
            self._forever()
        left = self._app_tasks() if loop.serial > len(self.tasks) else []
        for task in left:
            chain = await_chain(task.get_coro())
            name = getattr(task.get_coro(), "__qualname__", "?")
            self.facts.append((task.exchange, "task-leak", f"the task {name} goes on after the call", chain))
        for agen in list(loop._asyncgens):  # type: ignore[attr-defined]
            if agen.ag_frame is not None:
                chain = [place(agen.ag_code, agen.ag_frame.f_lineno)]
                self.facts.append((0, "generator-leak", f"{agen.__qualname__} is not closed", chain))
            del agen
        for task in left:
            task.cancel()
        if left:
            self.passes = 0
            self._forever()
        self._tell_facts()
        del left
        self.tasks.clear()
        gc.collect(0)
        self.passes = 0
        if loop._ready:
            self._forever()
        self._tell_facts()
        loop.set_exception_handler(_silent)
        self.census.release()
        loop.close()

    def _tell_facts(self) -> None:
        facts, self.facts = self.facts, []
        for index, name, detail, where in facts:
            data = {"rule": f"robust.{name}", "detail": detail, "where": where}
            self.stage.steps.append(Step(t.FACT, data, index, self.stage.now))

    def _app_tasks(self) -> list[SerialTask]:
        own = set(self.tasks.values())
        found = [task for task in asyncio.all_tasks(self.loop) if isinstance(task, SerialTask)]
        mine = [task for task in found if not (task in own and self.stage.peers[task.exchange].over)]
        return sorted(mine, key=lambda task: task.serial)

    def _unawaited(self, coro: Any) -> None:
        code = coro.cr_code
        where = [place(code, code.co_firstlineno)]
        self.facts.append(
            (exchange_index.get(), "never-awaited", f"{coro.__qualname__} was never awaited", where)
        )


def _own(error: BaseException) -> bool:
    return isinstance(error, ClientGone)


def _silent(loop: Any, context: dict[str, Any]) -> None:
    pass


def interrupted() -> bool:
    """Whether a real Ctrl-C came during the run."""
    from asgisim.drive.sim import run

    return run.SIGINT.seen
