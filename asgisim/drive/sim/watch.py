"""The watchdog: one daemon thread that ends what blocks the event loop, in real time."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from typing import Any

from asgisim.drive.sim import census, vtime
from asgisim.drive.sim.snapshot import stack

_STEP = 0.05


class Blocked(BaseException):
    """Put into the thread of an app that holds the event loop; no fault of the app's callers."""


class Watchdog:
    """Looks at a counter that each pass of the loop moves on; without a move for too long it acts.

    where: the stack at the time it acted, for the report. Python code is ended by an exception; a C
    call is only told, it must come back by itself first.
    """

    def __init__(self) -> None:
        self.beat = 0
        self.target: int | None = None
        self.limit = 0.0
        self.where: list[str] = []
        self._wake = threading.Event()
        self.thread: threading.Thread | None = None

    def arm(self, limit: float) -> None:
        """Watch the calling thread; limit in real seconds. The watchdog was started before."""
        self.limit = limit
        self.where = []
        self.beat += 1
        self.target = threading.get_ident()
        if not self._wake.is_set():
            self._wake.set()

    def start(self) -> None:
        """Start the thread where it does not run yet."""
        if self.thread is None:
            self.thread = threading.Thread(target=self._run, name="asgisim watchdog", daemon=True)
            self.thread.start()
            census.ours.clear()
            census.ours.add(self.thread.ident or 0)

    def lose(self) -> None:
        """The thread is not here: a forked child has only the one that forked."""
        self.thread = None

    def disarm(self) -> None:
        """Watch nobody."""
        self.target = None

    def _run(self) -> None:
        seen, since, used, idle = -1, vtime.real_monotonic(), time.process_time(), 0
        while True:
            vtime.real_sleep(_STEP)
            target, beat, now = self.target, self.beat, vtime.real_monotonic()
            idle = 0 if target is not None else idle + 1
            if idle > 40:
                # Nothing to watch for two seconds: sleep until the next run.
                self._wake.clear()
                if self.target is None:
                    self._wake.wait()
                seen, idle = -1, 0
            elif target is None or beat != seen:
                seen, since, used = beat, now, time.process_time()
            elif now - since > self.limit and (
                # Where others have the processor, an app that is not at fault needs longer.
                time.process_time() - used > self.limit / 2 or now - since > 2 * self.limit
            ):
                self._strike(target)

    def _strike(self, target: int) -> None:
        frame: Any = sys._current_frames().get(target)
        if frame is not None and not self.where:
            self.where = stack(frame)
        del frame
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(target), ctypes.py_object(Blocked))


WATCHDOG = Watchdog()
if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork either
    os.register_at_fork(after_in_child=WATCHDOG.lose)


class Interrupt:
    """Tells a real Ctrl-C from a KeyboardInterrupt that the app raises itself."""

    def __init__(self) -> None:
        self.seen = False
        self.before: Any = None

    def __call__(self, number: int, frame: Any) -> Any:
        self.seen = True
        if callable(self.before):
            return self.before(number, frame)
        raise KeyboardInterrupt


SIGINT = Interrupt()


def interrupted() -> bool:
    """Whether a real Ctrl-C came during the run."""
    return SIGINT.seen
