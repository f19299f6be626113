"""May time jump?  Only if no thread but the loop's can move on, proved by looking at every thread.

A thread is parked if it waits in threading.Condition.wait without a time-out and has not been
notified, idle if it is a pool's worker without work, and at work otherwise.  Two looks with equal
fingerprints prove that at the moment between them all were parked at once, so none can wake another.
"""

from __future__ import annotations

import _thread
import concurrent.futures.thread as pool
import ctypes
import logging.handlers
import queue
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import CodeType, FrameType
from typing import Any
from weakref import WeakKeyDictionary

from asgisim.drive.sim.snapshot import stack

_WAIT: CodeType = threading.Condition.wait.__code__
_POOL: CodeType = pool._worker.__code__
# The thread of a queue of log records waits in C, with no frame of threading to tell it by.
_DEQUEUE: CodeType = logging.handlers.QueueListener.dequeue.__code__
_LOCK_WAIT: CodeType | None = getattr(
    getattr(threading.Thread, "_wait_for_tstate_lock", None), "__code__", None
)

# Which queue a submitted future went into: a worker that has taken it may not have begun with it.
submitted: WeakKeyDictionary[Future[Any], Any] = WeakKeyDictionary()
# Asks a backend about frames that it knows, such as trio's idle workers: None where it does not.
Probe = Callable[[FrameType], "bool | None"]
probes: list[Probe] = []
# Threads of asgisim's own, such as the watchdog.
ours: set[int] = set()
# Threads that were seen first while an app ran: not excluded later, though they outlive their run.
_apps: set[int] = set()
# Of these, what was at work for longer than the limit of a run: no later run waits for them again.
_given_up: set[int] = set()


class Ended(SystemExit):
    """Raised in a thread of the app that would have waited for ever; threads end by it without a word."""


class Census:
    """The threads as seen from one run, made before the app's first step."""

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
            _given_up.intersection_update(key for key, frame in frames.items() if _state(frame) is None)
            self.foreign = self.foreign | _given_up
            for ident, frame in frames.items():
                if ident not in _apps and not _is_pool(frame):
                    self.foreign.add(ident)
            self.old = frozenset(ident for ident, frame in frames.items() if not _is_idle(frame))

    def alone(self) -> bool:
        """Whether surely no thread of the app exists."""
        return self.plain and _thread._count() == self.count

    def quiet(self) -> bool:
        """Whether it is proved that no thread of the app can move on by itself."""
        if self.alone():
            return True
        first = self._look()
        return first is not None and first == self._look()

    def _look(self) -> list[tuple[int, int]] | None:
        seen = []
        for ident, frame in _others(self.me).items():
            if ident in self.foreign:
                continue
            mark = _state(frame)
            if mark is None:
                return None
            seen.append((ident, mark))
        return seen

    def give_up(self) -> None:
        """Wait no more, in no later run, for the threads that are at work now."""
        for ident, frame in _others(self.me).items():
            if ident not in self.foreign and _state(frame) is None:
                _given_up.add(ident)

    def threads(self) -> list[tuple[int, FrameType]]:
        """The app's threads that are neither idle workers nor ours, oldest first."""
        found = []
        for ident, frame in sorted(_others(self.me).items()):
            if ident not in self.foreign | self.old and not _is_idle(frame):
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
        """End the app's threads that are parked for ever, or the process could not end."""
        if self.alone():
            return
        for ident, frame in self.threads():
            if frame.f_code is not _WAIT or _parked(frame) is None:
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


def _is_pool(frame: FrameType) -> bool:
    """Whether this is a worker of some pool, at work or not."""
    current: FrameType | None = frame
    while current is not None:
        if current.f_code is _POOL:
            return True
        current = current.f_back
    return any(probe(frame) is not None for probe in probes)


def _is_idle(frame: FrameType) -> bool:
    if frame.f_code is _DEQUEUE:
        return _listening(frame) is not None
    return frame.f_code is _POOL or any(probe(frame) for probe in probes)


def _state(frame: FrameType) -> int | None:
    """A fingerprint of what the thread waits for; None if it is at work."""
    code = frame.f_code
    if code is _WAIT:
        return _parked(frame)
    if code is _POOL:
        return _idle_worker(frame)
    if code is _LOCK_WAIT:
        return _joining(frame)
    if code is _DEQUEUE:
        return _listening(frame)
    for probe in probes:
        known = probe(frame)
        if known is not None:
            return id(frame) if known else None
    return None


def _parked(frame: FrameType) -> int | None:
    seen = frame.f_locals
    waiter = seen.get("waiter")
    # A notified thread that has not got the interpreter yet is no longer among the waiters.
    if waiter is None or seen.get("timeout") is not None:
        return None
    try:
        return id(waiter) if waiter in seen["self"]._waiters else None
    except RuntimeError:  # the deque changed while it was looked at
        return None


def _idle_worker(frame: FrameType) -> int | None:
    work = frame.f_locals.get("work_queue")
    if work is None or ("work_item" in frame.f_locals and frame.f_locals["work_item"] is not None):
        return None
    if work.qsize():
        return None
    for future, where in list(submitted.items()):
        if where is work and future._state == "PENDING":
            return None
    return id(work)


def _listening(frame: FrameType) -> int | None:
    records = frame.f_locals["self"].queue
    return id(records) if isinstance(records, queue.SimpleQueue) and records.empty() else None


def _joining(frame: FrameType) -> int | None:
    seen = frame.f_locals
    lock = getattr(seen.get("self"), "_tstate_lock", None)
    if lock is None or not lock.locked() or seen.get("timeout", -1) != -1:
        return None
    return id(lock)


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
                submitted[future] = pool._work_queue
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
