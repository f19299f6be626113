"""One thread that waits for many sockets at once: the puppet's connections and the clients'."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import Any, Protocol

GRACE = 20.0  # seconds that the other side gets at most, beyond those it has, on a machine under load
WORKED = 1.0  # seconds on the processor after which it is not late for want of them
_LOOK = 0.004  # seconds between two looks at whether it has anything to do


class Worker(Protocol):
    """The other side, as asgisim.servers.work sees it."""

    def waiting(self) -> bool:
        """Whether it could run at this moment."""
        ...

    def seconds(self) -> float:
        """The time on the processor that it has had so far."""
        ...


class Hub:
    """Calls back when sockets can be read or written. Nothing happens but inside `pump` and `until`.

    other: who is awaited. While it has work to do and no turn on the processor, a wait is not over. idle:
    what is done once, when something is awaited first: it should be short.
    """

    def __init__(self) -> None:
        self.other: Worker | None = None
        self.idle: Callable[[], None] | None = None
        self._poll = select.poll()
        self._callbacks: dict[int, Callable[[int], None]] = {}

    def add(self, sock: Any, callback: Callable[[int], None], writing: bool = False) -> None:
        """Watch a socket; callback gets poll's event mask."""
        number = sock.fileno()
        self._callbacks[number] = callback
        self._poll.register(number, select.POLLIN | (select.POLLOUT if writing else 0))

    def remove(self, sock: Any) -> None:
        """Watch it no more; does nothing for one that is not watched."""
        number = sock.fileno()
        if self._callbacks.pop(number, None) is not None:
            self._poll.unregister(number)

    def pump(self, seconds: float = 0.0) -> bool:
        """Wait up to so many seconds for anything, and handle it. Returns whether there was anything."""
        if self.idle is not None and seconds > 0:
            idle, self.idle = self.idle, None
            idle()
        # Rounded up: poll counts in milliseconds, and rounding down would spin.
        found = self._poll.poll(int(seconds * 1000 + 0.999))
        for number, mask in found:
            callback = self._callbacks.get(number)
            if callback is not None:
                callback(mask)
        return bool(found)

    def until(self, holds: Callable[[], object], seconds: float) -> bool:
        """Pump until `holds` does, or the time is over. Returns whether it holds."""
        deadline = time.monotonic() + seconds
        while not holds():
            left = deadline - time.monotonic()
            if left <= 0:
                return self._late(holds)
            self.pump(left)
        return True

    def _late(self, holds: Callable[[], object]) -> bool:
        """The time is over: pump on until the other side has nothing to do."""
        if self.other is None:
            return False
        begun, worked, quiet = time.monotonic(), self.other.seconds(), 0
        while quiet < 2:
            if self.other.waiting():
                quiet = 0
                if time.monotonic() - begun > GRACE or self.other.seconds() - worked > WORKED:
                    return False
            else:
                quiet += 1
            self.pump(_LOOK)
            if holds():
                return True
        return False

    def until_polled(self, holds: Callable[[], object], seconds: float) -> bool:
        """As until, for what is not told by a socket: looks every 10 ms."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() >= deadline:
                return self._late(holds)
            self.pump(0.01)
        return True

    def sleep(self, seconds: float) -> None:
        """Pump for so long."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.pump(left)
