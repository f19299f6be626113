"""Start and stop servers again and again, and look for what is left behind.

    python -m asgisim.servers.endurance [SERVER ...] [--count N]

After each stop no process of its group may live, none may carry the mark of our warden, its port must refuse,
its folder be gone, and we must hold no more file descriptors than before.
"""

from __future__ import annotations

import argparse
import errno
import gc
import os
import socket
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asgisim.servers import PLAIN, SERVERS, Running, ServerError, start
from asgisim.servers.warden import alive, carriers, warden


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Takes part in the lifespan and answers every request."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


@dataclass(slots=True)
class Outcome:
    """Of one server. left: what was found after a stop, in words. seconds: to start, and to stop."""

    name: str
    count: int = 0
    left: list[str] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    stops: list[float] = field(default_factory=list)

    def line(self) -> str:
        """The outcome in one line."""
        times = ""
        if self.starts:
            times = (
                f"; start {statistics.median(self.starts):.2f} s, stop {statistics.median(self.stops):.2f} s"
            )
        found = "nothing left" if not self.left else f"{len(self.left)} times something left: {self.left[0]}"
        return f"{self.name}: {self.count} starts and stops, {found}{times} (medians)"


def run(name: str, count: int) -> Outcome:
    """Start and stop a server so many times. Raises ServerError if it does not start."""
    outcome = Outcome(name)
    _round(name, Outcome(name))  # what is made once, as the warden, is there then
    gc.collect()
    before = descriptors()
    for _ in range(count):
        running = _round(name, outcome)
        outcome.left += left_of(running)
        held = descriptors()
        if held > before:
            outcome.left.append(f"{held - before} more file descriptors than before")
            before = held
    return outcome


def _round(name: str, outcome: Outcome) -> Running:
    running = start(name, "asgisim.servers.endurance:app")
    with socket.create_connection(running.address(), timeout=5) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        if not sock.recv(100).startswith(b"HTTP/1.1 204"):
            outcome.left.append("the server did not answer")
    begun = time.monotonic()
    running.stop()
    outcome.count += 1
    outcome.starts.append(running.started_in)
    outcome.stops.append(time.monotonic() - begun)
    return running


def left_of(running: Running) -> list[str]:
    """What a stopped server has left behind, in words."""
    found = []
    if alive(running.pid):
        found.append(f"a process of group {running.pid} lives")
    marked = carriers(warden().token)
    if marked:
        found.append(f"processes {marked} carry the mark")
    if running.folder.exists():
        found.append(f"{running.folder} is there")
    with socket.socket() as probe:
        probe.settimeout(2)
        status = probe.connect_ex(running.address())
        if status not in (errno.ECONNREFUSED, errno.ENOENT):
            found.append(f"the port does not refuse: {errno.errorcode.get(status, status)}")
    try:
        with socket.create_server((running.host, running.port)):
            pass
    except OSError as error:
        found.append(f"the port is in use: {error}")
    return found


def descriptors() -> int:
    """How many this process holds; 0 where the system does not tell."""
    try:
        return len(os.listdir(Path("/proc/self/fd")))
    except OSError:
        return 0


def main(arguments: list[str]) -> int:
    """The command line; 1 if something was left behind."""
    parser = argparse.ArgumentParser(prog="python -m asgisim.servers.endurance")
    parser.add_argument("names", nargs="*", default=PLAIN, help=f"out of {', '.join(SERVERS)}")
    parser.add_argument("--count", type=int, default=1000, help="starts and stops of each (1000)")
    options = parser.parse_args(arguments)
    status = 0
    for name in options.names:
        try:
            outcome = run(name, options.count)
        except ServerError as error:
            print(error, file=sys.stderr)
            status = 2
            continue
        print(outcome.line(), flush=True)
        status = status or int(bool(outcome.left))
    return status


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
