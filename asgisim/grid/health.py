"""Between two cases: whether the server still answers and comes to rest, or a new one in its place."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from typing import Any, Protocol

from asgisim.drive.wire.client import Client
from asgisim.drive.wire.hub import Hub
from asgisim.servers import ServerError
from asgisim.servers.work import Work

ANSWER = 2.0  # seconds for an answer, beyond those in which the server had no turn on the processor
SPIN = 0.5  # seconds on the processor without a rest, after which a server is taken to spin
REST = 5  # looks at which it does nothing: it has come to rest
LOOK = 0.01  # seconds between two looks
UNDECIDED = 10.0  # seconds after which it is not taken to spin, since it hardly has a turn
RESTARTS = 5  # of the server, in one cell


class Server(Protocol):
    """What is needed of asgisim.servers.Running."""

    @property
    def status(self) -> int | None:
        """None while it runs."""
        ...

    @property
    def pid(self) -> int:
        """The process that we started."""
        ...

    def address(self) -> Any:
        """For socket.connect."""
        ...

    def stop(self, grace: float | None = None) -> int:
        """End it."""
        ...

    def log(self) -> str:
        """What it has written."""
        ...


class Keeper:
    """Keeps a server under test going: `running` is the one of this moment, the caller's to stop.

    again: starts another one, may raise ServerError. driver: gets the new address. told: what was done, a
    line each.
    """

    def __init__(self, running: Any, driver: Any, again: Callable[[], Any] | None = None) -> None:
        self.running, self.driver, self.again = running, driver, again
        self.told: list[str] = []
        self._attend()

    def _attend(self) -> None:
        """What the driver awaits is late only once the server has nothing to do."""
        if hasattr(self.running, "pid"):
            self.driver.hub.other = Work(self.running.pid)

    def alive(self) -> bool:
        """Whether its process runs."""
        return self.running.status is None

    def ails(self) -> str:
        """What is wrong with it, in words that follow `the server`, or an empty str."""
        if not hasattr(self.running, "pid"):  # one in a thread: it cannot be stopped from outside
            return ""
        if not answers(self.running):
            return "no longer answers"
        return "no longer comes to rest" if spins(self.running.pid) else ""

    def renew(self, case: str, ails: str) -> str:
        """Start another server in its place. Returns why that is not done, or an empty str."""
        if self.again is None or len(self.told) >= RESTARTS:
            return f"the server {ails} after {case}" + (
                f"; it had been started anew {RESTARTS} times" if self.told else ""
            )
        self.driver.finish()
        self.kill()
        try:
            self.running = self.again()
        except ServerError as error:
            return f"the server {ails} after {case}, and another one does not start: {str(error)[-300:]}"
        self.driver.address = self.running.address()
        self._attend()
        self.told.append(f"{case}: the server {ails} and was started anew")
        return ""

    def kill(self) -> None:
        """End it at once: it would not hear that it is to stop."""
        with contextlib.suppress(OSError):
            os.killpg(self.running.pid, signal.SIGKILL)
        self.running.stop(grace=1.0)


def answers(running: Server) -> bool:
    """Whether a request gets anything in answer."""
    hub = Hub()
    hub.other = Work(running.pid)
    try:
        client = Client(hub, running.address(), ANSWER)
    except OSError:
        return False
    try:
        client.send(b"GET /health HTTP/1.1\r\nHost: testbed\r\nConnection: close\r\n\r\n")
        hub.until(lambda: client.buffer or client.end, ANSWER)
        return bool(client.buffer)
    finally:
        client.close()


def spins(pid: int) -> bool:
    """Whether a process (or one below it) works without a rest. Without /proc: never."""
    work = Work(pid)
    begun, before, resting = time.monotonic(), work.seconds(), 0
    while resting < REST:
        if not work.waiting():
            resting += 1
        elif work.seconds() - before > SPIN:
            return True
        elif time.monotonic() - begun > UNDECIDED:
            return False
        time.sleep(LOOK)
    return False
