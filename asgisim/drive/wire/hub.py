"""One thread that waits for many sockets at once: the puppet's connections and the clients'."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import Any


class Hub:
    """Calls back when sockets can be read or written. Nothing happens but inside `pump` and `until`."""

    def __init__(self) -> None:
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
                return False
            self.pump(left)
        return True

    def until_polled(self, holds: Callable[[], object], seconds: float) -> bool:
        """As until, for what is not told by a socket: looks every 10 ms."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() >= deadline:
                return False
            self.pump(0.01)
        return True

    def sleep(self, seconds: float) -> None:
        """Pump for so long."""
        self.until(lambda: False, seconds)
