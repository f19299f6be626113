"""What checked exchanges over sockets cost, beside an h11 client that checks nothing.

Both talk to a server of their own, of the same kind, one request after the other, each on a connection of its
own: here with the puppet inside, and every exchange judged; there with an app that answers the same. What is
compared is the CPU time of both sides, client and server.
"""

from __future__ import annotations

import random
import socket
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import h11

from asgisim.bench import itself
from asgisim.bench.measuring import Case
from asgisim.drive.wire.play import Session
from asgisim.drive.wire.record import Record
from asgisim.drive.wire.script import WireScenario
from asgisim.servers import Running, start
from asgisim.wire.campaign import HASTE
from asgisim.wire.judge import judge_wire
from asgisim.wire.later import Later
from asgisim.wire.space import made, scenario

GROUP = "over sockets"
PLAIN, CHECKED = itself.PLAIN_SOCKETS, itself.SOCKETS
MIXED = "scenarios of a campaign, per exchange"
START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
LAST = {"type": "http.response.body", "body": b"Hello, world!"}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Reads the body and gives the answer that the puppet is told to give."""
    if scope["type"] != "http":
        raise ValueError("only http is served")
    while (await receive()).get("more_body", False):
        pass
    await send(START)
    await send(LAST)


def checked(session: Session, count: int) -> int:
    """Play and judge so many exchanges; returns the number."""
    one = made(
        [
            ("client", 0, "request", {}),
            ("app", 0, "body"),
            ("app", 0, "send", [START, LAST]),
            ("app", 0, "return"),
            ("client", 0, "response"),
        ]
    )
    last: Later[None] | None = None
    for _ in range(count):
        last = _played(session, one, last)
    if last is not None:
        last.result()
    return count


def _played(session: Session, one: WireScenario, last: Later[None] | None) -> Later[None]:
    """Play one as a campaign does: that before it is judged while the server is at work."""
    session.hub.idle = last.work if last is not None else None
    played = session.run(one)
    if last is not None:
        last.result()
    return Later(lambda: _judged(played))


def _judged(played: Record) -> None:
    judge_wire(played)
    if played.responses()[0].body != LAST["body"]:
        raise AssertionError("the server did not answer as it should")


def mixed(session: Session, count: int) -> int:
    """Play and judge so many scenarios as campaigns draw them; returns the number of exchanges."""
    exchanges = 0
    for number in range(count):
        one = scenario(random.Random(f"0/{number}").randrange)
        played = session.run(one.changed(bound=HASTE))
        judge_wire(played)
        exchanges += max(1, len(played.pairs))
    return exchanges


def plain(running: Running, count: int) -> int:
    """As many exchanges by h11 over a socket, no questions asked; returns the number."""
    request = h11.Request(method="GET", target="/", headers=[("Host", "localhost")])
    for _ in range(count):
        parser = h11.Connection(h11.CLIENT)
        with socket.create_connection(running.address()) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.sendall((parser.send(request) or b"") + (parser.send(h11.EndOfMessage()) or b""))
            body, event = b"", None
            while not isinstance(event, h11.EndOfMessage):
                event = parser.next_event()
                if event is h11.NEED_DATA:
                    parser.receive_data(sock.recv(65536))
                elif isinstance(event, h11.Data):
                    body += event.data
        if body != LAST["body"]:
            raise AssertionError("the server did not answer as it should")
    return count


def cases(server: str = "uvicorn-h11-wsproto") -> list[Case]:
    """Two servers of one kind are started; closing the first case stops both. Raises ServerError."""
    with ExitStack() as stack:
        running = stack.enter_context(start(server, "asgisim.bench.wire:app"))
        session = stack.enter_context(Session(server))
        own = session.running
        close = stack.pop_all().close
    both = partial(_meter, running), partial(_meter, own)
    return [
        Case(PLAIN, lambda n: plain(running, n), 100, group=GROUP, meter=both[0], close=close),
        Case(CHECKED, lambda n: checked(session, n), 100, PLAIN, GROUP, meter=both[1]),
        Case(MIXED, lambda n: mixed(session, max(1, n // 10)), 100, PLAIN, GROUP, meter=both[1]),
    ]


def _meter(running: Running) -> float:
    return time.process_time() + cpu(running.pid)


def cpu(pid: int) -> float:
    """CPU seconds of all threads of a process; 0 where there is no /proc."""
    total = 0
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text("ascii").split()[0])
    except OSError:
        pass
    return total / 1e9
