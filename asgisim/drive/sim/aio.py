"""The simulated server on asyncio: one fresh loop per run."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Generator
from typing import Any

from asgisim.drive.sim.chains import await_chain
from asgisim.drive.sim.channel import channel
from asgisim.drive.sim.host import App, Host, own
from asgisim.drive.sim.limits import Limits
from asgisim.drive.sim.loop import SerialTask, SimLoop, exchange_index
from asgisim.drive.sim.peer import Peer
from asgisim.drive.sim.snapshot import raised
from asgisim.drive.sim.watch import WATCHDOG, Blocked, interrupted
from asgisim.model.scenario import Scenario
from asgisim.model.trace import Trace

_ENDS = (Blocked, SystemExit, KeyboardInterrupt)  # told by other facts


class _Files:
    """How long real files are waited for: less where that is always in vain, as with an idle connection."""

    def __init__(self) -> None:
        self.vain = 0
        self.vain_last = 0

    def seconds(self) -> float:
        """At an idle moment."""
        return 0.1 if self.vain < 20 else 0.05

    def last_seconds(self) -> float:
        """Before a hang is told."""
        return 2.0 if self.vain_last < 5 else 0.2

    def seen(self, found: bool, seconds: float) -> None:
        """What came of it."""
        self.vain = 0 if found else self.vain + 1
        if seconds > 1:
            self.vain_last = 0 if found else self.vain_last + 1


_FILES = _Files()


class AioHost(Host):
    """One run on one SimLoop."""

    def __init__(self, app: App, scenario: Scenario, limits: Limits) -> None:
        super().__init__(app, scenario, limits)
        self.tasks: dict[int, SerialTask] = {}
        self.waiters: dict[int, list[asyncio.Future[None]]] = {}
        self.settling = False
        self.passes = 0
        self.loop = SimLoop(self.on_pass, self.on_idle, self.on_exception)

    # What the peers want done

    def start(self, peer: Peer, scope: Any) -> None:
        """Call the app for this exchange."""
        self.scopes[peer.index] = scope
        context = self.context.copy()
        context.run(exchange_index.set, peer.index)
        # Not with context=: 3.10 does not have it, and a task copies the context that it is made in.
        self.tasks[peer.index] = context.run(SerialTask, self._call(peer, scope), self.loop)

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
            value = await self.app(scope, *channel(peer, self._wait, self._park, _Passes))
        except Blocked:
            self.blocked(peer)
        except BaseException as error:
            self.raised(peer, error)
        else:
            if peer.cancelled == "script":
                peer.fact("cancel-returned", "the call was cancelled, and returned", where=[])
            self.returned(peer, value)
        self.stage.ended(peer)
        loop = self.loop
        if self.stage.finished and not (loop._ready or loop._scheduled) and self.census.alone():
            loop.end()  # what on_idle would find a pass later

    async def _wait(self, peer: Peer) -> None:
        waiter: asyncio.Future[None] = asyncio.Future(loop=self.loop)
        self.waiters.setdefault(peer.index, []).append(waiter)
        await waiter

    async def _park(self) -> None:
        await asyncio.Future(loop=self.loop)

    # The loop's hooks

    def now(self) -> float:
        return self.loop.now

    def set_now(self, when: float) -> None:
        self.loop.now = when

    def ready(self) -> bool:
        return bool(self.loop._ready or self.loop.poll(0))

    def nap(self, seconds: float) -> None:
        self.loop.wakelock.acquire(timeout=seconds)

    def later(self, seconds: float, call: Callable[[], Any]) -> None:
        self.loop.call_soon_threadsafe(self.loop.call_later, seconds, call)

    def on_pass(self) -> None:
        """One pass of the scheduler."""
        WATCHDOG.beat += 1
        if self.settling or self.stage.finished:
            self.passes += 1
            if self.passes > self.limits.passes:
                self.loop.end()
        else:
            self.stage.on_tick()

    def on_idle(self, timer: float | None) -> float | None:
        """Nothing is ready: wait for threads in real time, then let the stage decide."""
        if not self.census.alone():
            self.settle_threads(until_work=True)
            if self.ready():
                return None
        if self.settling or self.stage.finished:
            self.loop.end()
            return None
        if self.loop.has_files() and self._poll_files(_FILES.seconds()):
            return None
        when = self.stage.on_idle(timer)
        if self.stage.clock > self.loop.now:
            self.loop.now = self.stage.clock  # the script has let time pass
        return when

    def last_look(self) -> bool:
        """As Host.last_look: what comes over a real socket may take its time."""
        return self.loop.has_files() and self._poll_files(_FILES.last_seconds())

    def _poll_files(self, seconds: float) -> bool:
        """Wait for real sockets, pipes and subprocesses: while they are open, no deadlock can be proved."""
        found = self.loop.poll(seconds)
        WATCHDOG.beat += 1
        _FILES.seen(bool(found), seconds)
        if found:
            self.loop._process_events(found)
        return bool(found)

    def on_exception(self, loop: Any, context: dict[str, Any]) -> None:
        """What the loop would have logged."""
        error = context.get("exception")
        if error is None or isinstance(error, _ENDS) or self.loop.is_closed():
            return
        task = context.get("task") or context.get("future")
        index = task.exchange if isinstance(task, SerialTask) else exchange_index.get()
        seen = raised(error, own)
        if not seen["own"]:
            self.facts.append((index, "task-exception", f"{seen['type']}: {seen['text']}", seen["where"]))

    # The run

    def run(self) -> Trace:
        """As Host.run, also from inside a running loop."""
        outer = asyncio._get_running_loop()
        if outer is None:
            return super().run()
        asyncio._set_running_loop(None)
        try:
            return super().run()
        finally:
            asyncio._set_running_loop(outer)

    def perform(self) -> None:
        self.stage.flow()
        while not self.stage.finished:
            self._forever()
        self._settle()

    def _forever(self) -> None:
        """run_forever; comes back when the host, or the app, or an exception ends it."""
        loop = self.loop
        try:
            loop.run_forever()
        except Blocked:
            for peer in list(self.stage.live):
                self.blocked(peer)
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
        more = loop.serial > len(self.tasks)
        if loop._ready or more:
            self._forever()
        left = self._app_tasks() if more else []
        for task in left:
            if self.given_up(task.exchange):
                continue
            chain = await_chain(task.get_coro())
            name = getattr(task.get_coro(), "__qualname__", "?")
            self.facts.append((task.exchange, "task-leak", f"the task {name} goes on after the call", chain))
        if loop.made("_asyncgens"):
            self.leaked_generators(loop._asyncgens)
        for task in left:
            task.cancel()
        if left:
            self.passes = 0
            self._forever()
        self.tell_facts()
        del left
        self.tasks.clear()
        WATCHDOG.beat += 1  # what takes long now, such as freeing what the app has made, is no block
        gc.collect(0)
        self.passes = 0
        if loop._ready:
            self._forever()
        self.tell_facts()
        self.census.release()
        loop.close()

    def free(self) -> None:
        self.stage.free()
        self.loop.free()

    def _app_tasks(self) -> list[SerialTask]:
        over = {id(task) for index, task in self.tasks.items() if self._is_over(index)}
        found = [task for task in asyncio.all_tasks(self.loop) if isinstance(task, SerialTask)]
        return sorted((task for task in found if id(task) not in over), key=lambda task: task.serial)

    def _is_over(self, index: int) -> bool:
        return any(peer.index == index and peer.over for peer in self.stage.peers)


class _Passes:
    """So many passes of the scheduler, each as asyncio.sleep(0) makes one."""

    __slots__ = ("times",)

    def __init__(self, times: int) -> None:
        self.times = times

    def __await__(self) -> Generator[None, None, None]:
        for _ in range(self.times):
            yield
