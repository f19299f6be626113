"""Whether a server is at work at this moment: on a machine under load, a clock alone tells nothing.

What has not come in time may be late since the server had no turn on the processor. A process that sleeps has
nothing to do; what has not come from it then does not come, unless a timer of its own brings it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Work:
    """Looks at a process, all below it and their threads. Without /proc nothing is ever seen at work.

    thread: the native id of the one thread of the process that is looked at, in place of all that.
    """

    def __init__(self, pid: int, thread: int | None = None) -> None:
        self.pid = pid
        self.thread = thread

    def waiting(self) -> bool:
        """Whether a thread could run at this moment, or waits for a disk."""
        return any(words[0] in "RD" for words in self._threads())

    def seconds(self) -> float:
        """The time on the processor that all have had so far."""
        return sum(int(words[11]) + int(words[12]) for words in self._threads()) / _TICKS

    def _threads(self) -> Iterator[list[str]]:
        """The fields of each thread's stat, from its state on."""
        left = [self.pid]
        while left:
            folder = f"/proc/{left.pop()}/task"
            try:
                threads = os.listdir(folder) if self.thread is None else [str(self.thread)]
            except OSError:
                continue
            for thread in threads:
                # number (name) state parent ...; the name may hold anything
                words = _text(f"{folder}/{thread}/stat").rpartition(") ")[2].split()
                if len(words) > 12 and words[0] not in "ZX":
                    yield words
                if self.thread is None:
                    left += map(int, _text(f"{folder}/{thread}/children").split())


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""  # it has ended, or the system does not tell
