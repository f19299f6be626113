"""Ends the servers of a process that died without doing so itself.

Run as a program: ``python warden.py TOKEN``. The watched process holds the other end of standard input and
writes ``+PGID FOLDER`` and ``-PGID`` as servers come and go. When the pipe closes, for whatever reason
(kill -9 too), every process group that is still on the list is ended and its folder removed, and so is every
process that carries the token in its environment
(those that made a group of their own). Standard library only.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
import weakref
from collections.abc import Iterable
from pathlib import Path

VARIABLE = "ASGISIM_WARDEN"
PATIENCE = 1.0  # seconds from SIGTERM until SIGKILL


class Warden:
    """The watched side. One for a process, started with the first server."""

    def __init__(self) -> None:
        self.token = uuid.uuid4().hex
        self.pid = os.getpid()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, self.token],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in our terminal is not for it
        )
        # The last thing that a process that ends in good order does here; one that is killed skips it.
        self._finalizer = weakref.finalize(self, _close, self._process)

    def watch(self, group: int, folder: str) -> None:
        """Put a process group on the list, and the temporary folder that goes with it."""
        self._tell(f"+{group} {folder}")

    def forget(self, group: int) -> None:
        """Take a process group off the list."""
        self._tell(f"-{group}")

    def _tell(self, line: str) -> None:
        if self._process.stdin is None or os.getpid() != self.pid:
            return
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            pass  # the warden was killed: servers are still stopped by stop() and at exit


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        try:
            process.stdin.close()
        except OSError:
            pass
    try:
        process.wait(timeout=PATIENCE + 5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


_LOCK = threading.Lock()
_CURRENT: list[Warden] = []


def warden() -> Warden:
    """The warden of this process."""
    with _LOCK:
        if not _CURRENT or _CURRENT[0].pid != os.getpid():
            _CURRENT[:] = [Warden()]
        return _CURRENT[0]


def _watch(token: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    groups: dict[int, str] = {}
    for line in sys.stdin:
        group, _, folder = line[1:].rstrip("\n").partition(" ")
        if line.startswith("+"):
            groups[int(group)] = folder
        else:
            groups.pop(int(group), None)
    _signal_all(groups, token, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and _signal_all(groups, token, 0):
        time.sleep(0.05)
    _signal_all(groups, token, signal.SIGKILL)
    for folder in groups.values():
        shutil.rmtree(folder, ignore_errors=True)


def _signal_all(groups: Iterable[int], token: str, number: int) -> bool:
    """Send to all that is left; whether there was anything."""
    found = False
    for group in groups:
        try:
            os.killpg(group, number)
            found = found or alive(group)
        except OSError:
            pass
    for pid in carriers(token):
        try:
            os.kill(pid, number)
            found = True
        except OSError:
            pass
    return found


def alive(group: int) -> bool:
    """Whether a process group has a member that is not just waiting to be reaped."""
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    if not Path("/proc/self/stat").exists():
        return True
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            # pid (name) state parent group ...; the name may hold anything
            state, _, number = path.read_text(errors="replace").rpartition(") ")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(number) == group and state not in "ZX":
            return True
    return False


def carriers(token: str, variable: str = VARIABLE) -> list[int]:
    """Processes with the token in their environment; none where there is no /proc."""
    mark = f"{variable}={token}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return [pid for pid in found if pid != os.getpid()]


if __name__ == "__main__":
    _watch(sys.argv[1])
