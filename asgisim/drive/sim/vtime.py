"""The clocks of the time module in virtual time, while an app runs.

``from time import sleep`` in the app and C code such as ``datetime.now()`` are not reached by this.
"""

from __future__ import annotations

import time
from collections.abc import Callable

MONOTONIC = 65536.0  # a power of two, so that small fractions stay exact
EPOCH = 1_700_000_000.0

# The real ones, taken at import: the simulator itself must never wait in virtual time.
real_monotonic = time.monotonic
real_sleep = time.sleep


class Clocks:
    """Patched clocks: the time since MONOTONIC is what now gives less MONOTONIC; sleep is handed on."""

    def __init__(self, now: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self.now = now
        self.sleep = sleep
        self.before: tuple[Callable[[], float], ...] = ()
        self.slept: Callable[..., None] = time.sleep

    def wall(self) -> float:
        """time.time in virtual seconds."""
        return EPOCH + self.now() - MONOTONIC

    def install(self) -> None:
        """Put the virtual clocks into the time module."""
        self.before = (time.monotonic, time.time, time.perf_counter)
        self.slept = time.sleep
        time.monotonic = time.perf_counter = self.now
        time.time = self.wall
        time.sleep = self.sleep  # type: ignore[assignment]

    def remove(self) -> None:
        """Put back what was there."""
        time.monotonic, time.time, time.perf_counter = self.before
        time.sleep = self.slept
