"""The simulated server on trio: one guest run kept for many exchanges, with an own clock.

Private names of trio that are touched: the seeded scheduler, the run context and the thread cache.
"""

from __future__ import annotations

import gc
import inspect
import random
from collections import deque
from collections.abc import Callable
from contextvars import Context
from math import inf
from typing import Any

import trio
from trio import _threads as trio_threads
from trio._core import _run as trio_run
from trio._core import _thread_cache

from asgisim.drive.sim import census, vtime, waits
from asgisim.drive.sim.chains import await_chain
from asgisim.drive.sim.channel import channel
from asgisim.drive.sim.host import App, Host
from asgisim.drive.sim.limits import Limits
from asgisim.drive.sim.loop import Generators, exchange_index
from asgisim.drive.sim.peer import Peer
from asgisim.drive.sim.watch import WATCHDOG, Blocked, interrupted
from asgisim.model.scenario import Scenario

_run: Any = trio_run
_threads: Any = trio_threads
_context = _run.GLOBAL_RUN_CONTEXT
_library: Any = _run.sniffio_library
# What a task is made of, in the trio that this was written for.
_FIELDS = ("parent_nursery", "coro", "runner", "name", "context", "ki_protected")
_KNOWN = (
    tuple(
        one.name
        for one in inspect.signature(_run.Task.__init__).parameters.values()
        if one.default is one.empty
    )[1:]
    == _FIELDS
)


class SimClock(trio.abc.Clock):
    """Virtual time: trio asks for the sleep time only when nothing can run."""

    def __init__(self) -> None:
        self.now = vtime.MONOTONIC
        self.idle: Callable[[float | None], None] = _nothing

    def start_clock(self) -> None:
        """Nothing to start."""

    def current_time(self) -> float:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Virtual seconds."""
        return self.now

    def deadline_to_sleep_time(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, deadline: float
    ) -> float:
        """The idle moment. Never sleeps, since the clock is set forward instead."""
        self.idle(None if deadline == inf else deadline)
        return 0


class Slot:
    """A nursery that is kept for one call after another, and is made anew only where a call was cancelled."""

    def __init__(self) -> None:
        self.nursery: Any = None
        self.waiting = False

    async def keep(self) -> None:
        """Hold the nursery open."""
        while True:
            async with trio.open_nursery() as self.nursery:
                self.waiting = True
                await _park()
            self.waiting = False


async def _park() -> None:
    await trio.lowlevel.wait_task_rescheduled(lambda _: trio.lowlevel.Abort.SUCCEEDED)


async def _checkpoints(times: int) -> None:
    for _ in range(times):
        await trio.lowlevel.checkpoint()


class Guest:
    """A trio run that is stepped by hand, and stands still between exchanges."""

    def __init__(self) -> None:
        self.queue: deque[Callable[[], Any]] = deque()
        self.clock = SimClock()
        self.nursery: Any = None
        self.slots: list[Slot] = []
        self.dead = False
        self.saved: dict[str, Any] = {}
        self.outer: dict[str, Any] | None = None
        self.passes: Any = None  # the scheduler as a generator
        self.files: dict[int, Any] = {}  # that something waits for
        self.still: dict[int, Any] = {}  # those of trio itself
        _prepare()
        self._enter()
        try:
            trio.lowlevel.start_guest_run(
                self._main,
                run_sync_soon_threadsafe=self.queue.append,
                done_callback=self._done,
                host_uses_signal_set_wakeup_fd=True,
                clock=self.clock,
            )
            self.runner = _run.GLOBAL_RUN_CONTEXT.runner
            self.entries = self.runner.entry_queue
            self.runner.asyncgens.alive = Generators()
            while self.nursery is None and not self.dead:
                self.step()
            self._take_over()
        finally:
            self._leave()

    def _take_over(self) -> None:
        """From here on step the scheduler without a look at the kernel where nothing waits for files."""
        runner = self.runner
        try:
            state = self.queue[0].__self__  # type: ignore[attr-defined]
            passes, first = state.unrolled_run_gen, state.unrolled_run_next_send.value
            files = runner.io_manager._registered
            runner.io_manager.get_events  # noqa: B018
        except AttributeError:  # not epoll, or another trio: as a guest ever is stepped
            return
        passes.send(first)
        self.files, self.still = files, dict(files)
        self.passes = passes

    def prepare(self, calls: int) -> None:
        """Have so many slots."""
        if len(self.slots) >= calls:
            return
        self._enter()
        try:
            while len(self.slots) < calls:
                self.slots.append(Slot())
                self.nursery.start_soon(self.slots[-1].keep)
            while not self.slots[-1].waiting:
                self.step()
        finally:
            self._leave()

    def _enter(self) -> None:
        kept = _context.__dict__
        self.outer = kept.copy() if kept else None
        if kept:
            kept.clear()
        kept.update(self.saved)

    def _leave(self) -> None:
        kept = _context.__dict__
        self.saved = kept.copy()
        kept.clear()
        if self.outer:
            kept.update(self.outer)

    def _done(self, outcome: Any) -> None:
        self.dead = True

    def step(self) -> None:
        """One pass of the scheduler."""
        passes = self.passes
        if passes is None:
            self.queue.popleft()()
            return
        entries = self.entries
        events: Any = ()
        if self.files.keys() != self.still.keys() or entries.queue or entries.idempotent_queue:
            events = self.runner.io_manager.get_events(0)
        before, _library.name = _library.name, "trio"
        try:
            passes.send(events)
        except (StopIteration, trio.TrioInternalError):
            self.dead = True
        finally:
            _library.name = before

    def spawn(self, index: int, context: Context, call: Callable[..., Any], *args: Any) -> None:
        """Start a task in this slot. As start_soon, without what it does for others' functions."""
        nursery, runner = self.slots[index].nursery, self.runner
        if not _KNOWN or nursery._closed or "task_spawned" in runner.instruments:
            context.run(nursery.start_soon, call, *args)
            return
        task = _run.Task._create(
            coro=call(*args),
            parent_nursery=nursery,
            runner=runner,
            name=_NAME,
            context=context,
            ki_protected=False,
        )
        runner.tasks.add(task)
        nursery._children.add(task)
        task._activate_cancel_status(nursery._cancel_status)
        runner.reschedule(task, None)

    async def _main(self) -> None:
        async with trio.open_nursery() as self.nursery:
            await _park()

    def close(self) -> None:
        """End the run in order."""
        self.clock.idle = _nothing
        self._enter()
        try:
            self.nursery.cancel_scope.cancel()
            while not self.dead:
                self.step()
        finally:
            self._leave()

    def bury(self) -> None:
        """It can be used no more."""
        self.dead = True
        _graveyard.append((self, list(self.runner.asyncgens.alive)))

    def work(self, host: TrioHost) -> None:
        """Step until all calls of this run have ended and nothing is ready, or it was given up."""
        self.clock.now = vtime.MONOTONIC
        self.clock.idle = host.on_idle
        _CHANCE.fresh = True
        self._enter()
        try:
            host.stage.flow()
            while not (self.dead or host.over()):
                host.on_pass()
                self.step()
        except BaseException:
            self.dead = True
            raise
        finally:
            self._leave()
            self.clock.idle = _nothing


_NAME = f"{__name__}.TrioHost._call"


class TrioHost(Host):
    """One run inside the kept guest run."""

    def __init__(self, app: App, scenario: Scenario, limits: Limits, guest: Guest) -> None:
        super().__init__(app, scenario, limits)
        self.guest = guest
        self.tasks: dict[int, Any] = {}
        self.waiters: dict[int, list[trio.Event]] = {}
        self.running = 0  # calls that have not come to their end
        self.passes = 0  # since the last of them ended
        self.lost = False
        guest.prepare(len(scenario.exchanges))
        self.before = set(guest.runner.tasks)

    # What the peers want done

    def start(self, peer: Peer, scope: Any) -> None:
        """Call the app for this exchange."""
        self.scopes[peer.index] = scope
        context = self.context.copy()
        context.run(exchange_index.set, peer.index)
        self.running += 1
        self.guest.spawn(peer.index, context, self._call, peer, scope)

    def wake(self, peer: Peer) -> None:
        """Let the waiting receives and sends look again."""
        for event in self.waiters.pop(peer.index, ()):
            event.set()

    def cancel(self, peer: Peer) -> None:
        """Cancel the call."""
        self.guest.slots[peer.index].nursery.cancel_scope.cancel()

    def chains(self, peer: Peer) -> list[str]:
        """Where the call waits, then the tasks below it, then the app's threads."""
        task = self.tasks.get(peer.index)
        if task is None:
            return []
        lines = await_chain(task.coro)
        for child in _below(task):
            lines += [f"task: {line}" for line in await_chain(child.coro)[:12]]
        return lines + self.census.stacks()

    # The app's call

    async def _call(self, peer: Peer, scope: Any) -> None:
        self.tasks[peer.index] = trio.lowlevel.current_task()
        peer.begun = True
        # Nothing goes on to the nursery: a group of an error and Cancelled would end the guest run.
        try:
            value = await self.app(scope, *channel(peer, self._wait, trio.sleep_forever, _checkpoints))
        except Blocked:
            self.blocked(peer)
        except BaseException as error:
            if interrupted():
                raise
            self.raised(peer, error)
        else:
            self.returned(peer, value)
        finally:
            self.running -= 1
        self.stage.ended(peer)

    async def _wait(self, peer: Peer) -> None:
        event = trio.Event()
        self.waiters.setdefault(peer.index, []).append(event)
        await event.wait()

    # The clock's hooks

    def now(self) -> float:
        return self.guest.clock.now

    def set_now(self, when: float) -> None:
        self.guest.clock.now = when

    def ready(self) -> bool:
        entries = self.guest.runner.entry_queue
        return bool(entries.queue or entries.idempotent_queue or self.guest.runner.runq)

    def later(self, seconds: float, call: Callable[[], Any]) -> None:
        self.guest.runner.entry_queue.run_sync_soon(self._post, seconds, call)

    def _post(self, seconds: float, call: Callable[[], Any]) -> None:
        trio.lowlevel.spawn_system_task(self._timer, seconds, call)

    async def _timer(self, seconds: float, call: Callable[[], Any]) -> None:
        await trio.sleep(seconds)
        call()

    def on_pass(self) -> None:
        """One pass of the scheduler."""
        WATCHDOG.beat += 1
        if self.stage.finished:
            self.passes += 1
        else:
            self.stage.on_tick()
        if self.stage.finished:
            self._give_up_lost()

    def over(self) -> bool:
        """Whether there is nothing more to step for."""
        if self.lost or self.running or not self.stage.finished:
            return self.lost
        return not self.guest.runner.runq or self.passes > self.limits.passes

    def on_idle(self, timer: float | None) -> None:
        """Nothing can run: wait for threads in real time, then let the stage decide."""
        if not self.census.alone():
            self.settle_threads(until_work=True)
            if self.ready():
                return
        if self.ready():
            return
        if self.stage.finished:
            self.lost = self.running > 0
            return
        when = self.stage.on_idle(timer)
        self._follow(when)

    def _follow(self, when: float | None) -> None:
        clock = self.guest.clock
        target = self.stage.clock if when is None else when
        if target > clock.now:
            clock.now = target
        self._give_up_lost()

    def _give_up_lost(self) -> None:
        """A call that was dropped is still in the nursery: this guest cannot be used any more."""
        if self.stage.finished and any(peer.gave_up for peer in self.stage.peers):
            self.lost = True

    # The run

    def perform(self) -> None:
        guest = self.guest
        try:
            guest.work(self)
        except Blocked:
            self._lose()
        except (SystemExit, KeyboardInterrupt) as error:
            if interrupted():
                raise
            self.facts.append((0, "exit", f"a task raised {type(error).__name__}", []))
            self._lose()
        if guest.dead or self.lost:
            guest.bury()
            self._lose()
        self._settle()

    def _lose(self) -> None:
        for peer in list(self.stage.live):
            self.blocked(peer)
            self.stage.drop(peer)

    def _settle(self) -> None:
        runner = self.guest.runner
        if not self.guest.dead:
            left = runner.tasks - self.before
            for task in sorted(left, key=lambda one: one._counter):
                chain = await_chain(task.coro)
                index = task.context.get(exchange_index, 0)
                self.facts.append((index, "task-leak", f"the task {task.name} goes on after the call", chain))
            alive = runner.asyncgens.alive
            if (alive.data and self.leaked_generators(alive)) or left:
                self.guest.bury()
        self.tell_facts()
        self.tasks.clear()
        gc.collect(0)
        self.tell_facts()
        self.census.release()


# Guests that could not be ended, and their generators: kept, since trio complains when one is collected.
_graveyard: list[Any] = []


def _below(task: Any) -> list[Any]:
    found = []
    for nursery in task.child_nurseries:
        for child in sorted(nursery.child_tasks, key=lambda one: one._counter):
            found += [child, *_below(child)]
    return found


def _nothing(timer: float | None) -> None:
    pass


class _Chance(random.Random):
    """What trio draws the order of a pass from: the same in each run, set up only if something is drawn."""

    fresh = True

    def shuffle(self, x: Any) -> None:
        """As ever; one alone is in order."""
        if len(x) > 1:
            if self.fresh:
                self.fresh = False
                self.seed(0)
            super().shuffle(x)


_CHANCE = _Chance()
_WORK = _thread_cache.WorkerThread._work.__code__
_SEND = _threads._send_message_to_trio.__code__
_prepared = False


def _probe(frame: Any) -> bool | None:
    """Whether a thread of trio's is idle or waits for the loop; None for other threads."""
    if frame.f_code is _WORK:
        worker = frame.f_locals.get("self")
        return worker is not None and worker._job is None
    if frame.f_code is _SEND:
        message = frame.f_locals.get("message_to_trio")
        return message is not None and not getattr(message, "asgisim_answered", False)
    return None


def _prepare() -> None:
    """Make trio deterministic and its threads visible, once for the process."""
    global _prepared
    if _prepared:
        return
    _prepared = True
    _run._ALLOW_DETERMINISTIC_SCHEDULING = True
    _run._r = _CHANCE
    waits.probes.append(_probe)
    start = _threads.start_thread_soon

    def start_and_settle(*args: Any, **kwargs: Any) -> None:
        start(*args, **kwargs)
        census.LOCK_STEP.rest()

    _threads.start_thread_soon = start_and_settle
    for kind, names in ((_threads.Run, ("run", "run_system")), (_threads.RunSync, ("run_sync",))):
        for name in names:
            setattr(kind, name, _marked(getattr(kind, name)))


def _marked(method: Any) -> Any:
    """The queue of a message cannot be looked into: mark the message once it is answered."""
    if method.__name__ == "run_sync":

        def call(self: Any) -> Any:
            try:
                return method(self)
            finally:
                object.__setattr__(self, "asgisim_answered", True)

        return call

    async def acall(self: Any) -> Any:
        try:
            return await method(self)
        finally:
            object.__setattr__(self, "asgisim_answered", True)

    return acall
