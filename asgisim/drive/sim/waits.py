"""What a thread waits for, read off its innermost frame.

It is parked if it waits for what only others can give: a condition, a queue without items, an event loop
without callbacks. It is idle if it is a pool's worker without work, and at work otherwise. A wait with a
time-out is real time, and no time of the app's. In a worker of a pool somebody waits for what comes of it, so
it is waited for; in a thread of the app's own a long one counts as parked, and so does a short one that comes
again and again at the same place.
"""

from __future__ import annotations

import concurrent.futures.thread as pool
import dis
import logging.handlers
import queue
import selectors
import threading
from asyncio.base_events import BaseEventLoop
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import lru_cache
from types import CodeType, FrameType
from typing import Any
from weakref import WeakKeyDictionary

_WAIT: CodeType = threading.Condition.wait.__code__
_START: CodeType = threading.Thread.start.__code__
_POOL: CodeType = pool._worker.__code__
# The thread of a queue of log records waits in C, with no frame of threading to tell it by.
_DEQUEUE: CodeType = logging.handlers.QueueListener.dequeue.__code__
_LOCK_WAIT: CodeType | None = getattr(
    getattr(threading.Thread, "_wait_for_tstate_lock", None), "__code__", None
)
_ONCE: CodeType = BaseEventLoop._run_once.__code__  # type: ignore[attr-defined]
_SELECTS = frozenset(
    kind.select.__code__
    for kind in vars(selectors).values()
    if isinstance(kind, type) and issubclass(kind, selectors.BaseSelector)
)

# Of concurrent.futures.process, which is not imported for its name alone.
_PROCESSES = "wait_result_broken_or_wakeup"
_CHILD = "_do_waitpid"  # of asyncio: the thread that waits for a subprocess

LONG = 1.0  # seconds of a wait that is not waited for
# Which queue a submitted future went into: a worker that has taken it may not have begun with it.
submitted: WeakKeyDictionary[Future[Any], Any] = WeakKeyDictionary()
# Asks a backend about frames that it knows, such as trio's idle workers: None where it does not.
Probe = Callable[[FrameType], "bool | None"]
probes: list[Probe] = []
# Where threads of the app's own wait for short times again and again, or were waited for in vain: the whole
# stack, since what is innermost, such as the reading of a socket, is the same for many.
Stack = tuple[tuple[CodeType, int], ...]
_left: set[Stack] = set()
_ANYIO = ("anyio._backends._asyncio", "run")  # the module and the name of what its workers do


def state(frame: FrameType) -> int | None:
    """A fingerprint of what the thread waits for; None if it is at work.

    It is negative where the thread waits in C: there it may have been woken, and not yet got the interpreter.
    """
    code = frame.f_code
    if code is _WAIT:
        return _parked(frame)
    if code is _POOL:
        return _idle_worker(frame)
    if code is _LOCK_WAIT:
        return _joining(frame)
    if code is _DEQUEUE:
        return _listening(frame)
    if code in _SELECTS:
        return _selecting(frame)
    for probe in probes:
        known = probe(frame)
        if known is not None:
            return id(frame) if known else None
    return id(frame) if _is_left(frame) else _getting(frame)


def is_pool(frame: FrameType) -> bool:
    """Whether this is a worker of some pool, at work or not."""
    current: FrameType | None = frame
    while current is not None:
        if current.f_code is _POOL or (current.f_globals.get("__name__"), current.f_code.co_name) == _ANYIO:
            return True
        current = current.f_back
    return any(probe(frame) is not None for probe in probes)


def is_idle(frame: FrameType) -> bool:
    """Whether this is a worker that will do nothing more by itself."""
    if frame.f_code is _DEQUEUE:
        return _listening(frame) is not None
    return frame.f_code is _POOL or any(probe(frame) for probe in probes)


def is_parked(frame: FrameType) -> bool:
    """Whether it waits for a condition, so that it can be ended there."""
    return frame.f_code is _WAIT and _parked(frame) is not None


def is_child(frame: FrameType) -> bool:
    """Whether it waits for a subprocess, which may itself wait for what the app does next."""
    return frame.f_code.co_name == _CHILD


def ticks(frame: FrameType) -> float | None:
    """The seconds of a short wait, which may come again and again; None where it is none."""
    timeout = frame.f_locals.get("timeout") if frame.f_code is _WAIT else None
    return timeout if isinstance(timeout, int | float) else None


def give_up(frame: FrameType) -> None:
    """Wait no more for threads that stand where this one does, unless somebody waits for what comes of it."""
    if not is_pool(frame):
        _left.add(_stack(frame))


def _is_left(frame: FrameType) -> bool:
    return bool(_left) and _stack(frame) in _left


def _stack(frame: FrameType) -> Stack:
    places = []
    current: FrameType | None = frame
    while current is not None:
        places.append((current.f_code, current.f_lasti))
        current = current.f_back
    return tuple(places)


def _parked(frame: FrameType) -> int | None:
    seen = frame.f_locals
    waiter, timeout = seen.get("waiter"), seen.get("timeout")
    if waiter is None:
        return None
    if timeout is not None and ((timeout < LONG and not _is_left(frame)) or is_pool(frame)):
        return None
    if frame.f_back is not None and frame.f_back.f_back is not None and frame.f_back.f_back.f_code is _START:
        return None  # for a thread that it starts, which has no frame yet
    try:
        # A notified thread that has not got the interpreter yet is no longer among the waiters.
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


def _selecting(frame: FrameType) -> int | None:
    """An event loop of the app's own, whose work is among its callbacks, or a pool of processes."""
    above = frame.f_back
    if above is not None and above.f_code is _ONCE:
        loop = above.f_locals["self"]
        return None if loop._ready else -id(loop)
    for _ in range(3):
        if above is not None and above.f_code.co_name == _PROCESSES:
            manager = above.f_locals["self"]
            return None if manager.pending_work_items else -id(manager)
        above = above.f_back if above is not None else None
    return None


def _getting(frame: FrameType) -> int | None:
    """In the get of an empty SimpleQueue, which waits in C: told by the call that is under way."""
    if frame.f_lasti not in _gets(frame.f_code):
        return None
    found = [one for one in _queues(frame) if isinstance(one, queue.SimpleQueue)]
    return -id(found[0]) if found and all(one.empty() for one in found) else None


def _queues(frame: FrameType) -> Iterator[Any]:
    seen = frame.f_locals
    yield from seen.values()
    yield from getattr(seen.get("self"), "__dict__", {}).values()
    for name in frame.f_code.co_names:
        yield frame.f_globals.get(name)


@lru_cache(maxsize=1000)
def _gets(code: CodeType) -> frozenset[int]:
    """Where this code is while a ``get()`` without arguments that it calls is under way."""
    found, before = set(), ""
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_METHOD", "LOAD_ATTR"):
            before = str(step.argval)
        elif step.opname.startswith(("CALL", "PRECALL")) and not step.arg:
            if before == "get":
                found.add(step.offset)
        elif step.opname not in ("CACHE", "PUSH_NULL"):
            before = ""
    return frozenset(found)
