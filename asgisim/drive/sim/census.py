"""May time jump?  Only if no thread but the loop's can move on, proved by looking at every thread.

What a thread waits for is read off its innermost frame (`asgisim.drive.sim.waits`). Two looks with equal
fingerprints prove that at the moment between them all were parked at once, so none can wake another.

A thread from before the run is looked at as well if it was parked when the run began, since the app may have
started it when it was imported, and wakes it with work. What was at work then is none of the app's.
"""

from __future__ import annotations

import _thread
import ctypes
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

from asgisim.drive.sim import vtime, waits
from asgisim.drive.sim.snapshot import stack

_DAEMONS = 50  # threads that are left alone
_BREATH = 0.0002  # real seconds in which a thread that was woken gets the interpreter
# Threads of asgisim's own, such as the watchdog.
ours: set[int] = set()
# Threads that were seen first while an app ran: not excluded later, though they outlive their run.
_apps: set[int] = set()
# Of these, what was at work for longer than the limit of a run: no later run waits for them again.
_given_up: set[int] = set()


class Ended(SystemExit):
    """Raised in a thread of the app that would have waited for ever; threads end by it without a word."""


class Census:
    """The threads as seen from one run, made before the app's first step.

    strangers: those from before it that were parked then.
    """

    strangers: frozenset[int] = frozenset()
    # At work or parked before the run began: nobody's fault in this one. Idle workers may be used again.
    old: frozenset[int] = frozenset()

    def __init__(self) -> None:
        self.me = threading.get_ident()
        self.count = _thread._count()
        main = threading.main_thread().ident
        self.plain = self.count == (0 if main == self.me else 1) + len(ours)
        self.foreign = ours
        if main is not None and main != self.me:
            self.foreign = ours | {main}  # it waits for us, as in asimulate
        if not self.plain:
            frames = _others(self.me)
            # A worker of a pool may have come free since.
            _given_up.intersection_update(key for key, frame in frames.items() if waits.state(frame) is None)
            self.foreign = self.foreign | _given_up
            before = {key for key, frame in frames.items() if key not in _apps and not waits.is_pool(frame)}
            self.strangers = frozenset(before - self.foreign) & {
                key for key in before if waits.state(frames[key]) is not None
            }
            self.foreign = self.foreign | (before - self.strangers)
            self.old = frozenset(ident for ident, frame in frames.items() if not waits.is_idle(frame))

    def alone(self) -> bool:
        """Whether surely no thread of the app exists."""
        return self.plain and _thread._count() == self.count

    def quiet(self, children: bool = True) -> bool:
        """Whether it is proved that no thread of the app can move on by itself.

        children: those count that wait for a subprocess.
        """
        if self.alone():
            return True
        first = self._look(children)
        if first is None:
            return False
        if any(mark < 0 for _, mark in first):
            vtime.real_sleep(_BREATH)
        return first == self._look(children)

    def _look(self, children: bool) -> list[tuple[int, int]] | None:
        seen = []
        for ident, frame in _others(self.me).items():
            if ident in self.foreign or (not children and waits.is_child(frame)):
                continue
            mark = waits.state(frame)
            if mark is None:
                return None
            seen.append((ident, mark))
        return seen

    def at_work(self) -> list[tuple[int, FrameType]]:
        """The threads that are waited for."""
        return [
            (ident, frame)
            for ident, frame in _others(self.me).items()
            if ident not in self.foreign and waits.state(frame) is None
        ]

    def leave_strangers(self) -> None:
        """Wait no more for those from before the run: they have other things to do than the app's."""
        busy = {ident for ident, _ in self.at_work()} & self.strangers
        if busy:
            self.foreign = self.foreign | busy

    def give_up(self) -> None:
        """Wait no more, in no later run, for the threads that are at work now."""
        for ident, frame in self.at_work():
            _given_up.add(ident)
            waits.give_up(frame)

    def threads(self) -> list[tuple[int, FrameType]]:
        """The app's threads that are neither idle workers nor ours, oldest first."""
        found = []
        for ident, frame in sorted(_others(self.me).items()):
            if ident not in self.foreign | self.old and not waits.is_idle(frame):
                found.append((ident, frame))
        return found

    def stacks(self) -> list[str]:
        """The stacks of the app's threads, for a report."""
        lines = []
        for number, (_, frame) in enumerate(self.threads()):
            found = [line for line in stack(frame) if not line.startswith("threading.py:")]
            lines += [f"thread {number + 1}: {line}" for line in found[-8:]]
        return lines

    def release(self) -> None:
        """End the app's threads that are parked for ever, or the process could not end.

        A daemon holds nothing up, and may be a worker that the app began once and for all; only where each
        run leaves more of them they are ended as well.
        """
        if self.alone():
            return
        found = self.threads()
        for ident, frame in found:
            thread = threading._active.get(ident)  # type: ignore[attr-defined]
            if not waits.is_parked(frame) or (thread and thread.daemon and len(found) <= _DAEMONS):
                continue
            seen = frame.f_locals
            error, waiter = ctypes.py_object(Ended), seen["waiter"]
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), error)
            seen["self"]._waiters.remove(waiter)
            waiter.release()

    def close(self) -> None:
        """Remember the threads that this run leaves behind."""
        if not self.alone():
            alive = set(sys._current_frames())
            _apps.intersection_update(alive)
            _apps.update(alive - self.foreign - {self.me})


def _others(me: int) -> dict[int, FrameType]:
    """The threads but this one: a frame that held itself would be a cycle."""
    frames = sys._current_frames()
    del frames[me]
    return frames


class LockStep:
    """Work that the loop's thread hands to others comes to rest before the loop goes on.

    settle: what waits for that, None while no run is under way. me: the loop's thread.
    """

    def __init__(self) -> None:
        self.settle: Callable[[], None] | None = None
        self.me = 0
        self.users = 0
        self.before: tuple[Any, Any] = (None, None)

    def rest(self) -> None:
        """Wait if the loop's thread of a run calls."""
        settle = self.settle
        if settle is not None and threading.get_ident() == self.me:
            settle()

    def install(self) -> None:
        """Wrap ThreadPoolExecutor.submit and Thread.start, while anybody uses it."""
        self.users += 1
        if self.users > 1:
            return
        submit, start = self.before = (ThreadPoolExecutor.submit, threading.Thread.start)

        def submit_and_rest(pool: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            future = submit(pool, fn, *args, **kwargs)
            if self.settle is not None:
                waits.submitted[future] = pool._work_queue
                self.rest()
            return future

        def start_and_rest(thread: Any) -> None:
            start(thread)
            self.rest()

        ThreadPoolExecutor.submit = submit_and_rest  # type: ignore[method-assign]
        threading.Thread.start = start_and_rest  # type: ignore[method-assign, assignment]

    def remove(self) -> None:
        """Put back what was there, once nobody uses it."""
        self.users -= 1
        if not self.users:
            ThreadPoolExecutor.submit, threading.Thread.start = self.before  # type: ignore[method-assign]


LOCK_STEP = LockStep()
