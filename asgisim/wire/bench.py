"""What checked exchanges over sockets cost, beside an h11 client that checks nothing, in the same rounds.

``python -m asgisim.wire.bench [SERVER]``. Both talk to a server of their own, of the same kind, one request
after the other, each on a connection of its own: here with the puppet inside, and every exchange judged;
there with an app that answers the same. Rounds are interleaved. What is compared is the CPU time of both
sides, client and server: on a shared machine wall time says little.
"""

from __future__ import annotations

import json
import os
import random
import socket
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import h11

from asgisim.drive.wire.play import Session
from asgisim.servers import Running, start
from asgisim.wire.campaign import HASTE
from asgisim.wire.judge import judge_wire
from asgisim.wire.space import made, scenario

PLAIN = "h11 client that checks nothing"
CHECKED = "the same exchange, with puppet and judge"
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
    for _ in range(count):
        played = session.run(one)
        judge_wire(played)
        if played.responses()[0].body != LAST["body"]:
            raise AssertionError("the server did not answer as it should")
    return count


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


def measure(server: str = "uvicorn", rounds: int = 9, count: int = 300) -> list[dict[str, Any]]:
    """Interleaved rounds; ``{"name", "rate", "client_us", "server_us", "ratio"}`` each.

    rate: exchanges per second of wall time, the best round. client_us, server_us: CPU microseconds per
    exchange, medians. ratio: median over the rounds of the CPU time of both sides against PLAIN.
    """
    with start(server, "asgisim.wire.bench:app") as running, Session(server) as session:
        cases: list[tuple[str, Callable[[int], int], Running]] = [
            (PLAIN, lambda n: plain(running, n), running),
            (CHECKED, lambda n: checked(session, n), session.running),
            (MIXED, lambda n: mixed(session, max(1, n // 10)), session.running),
        ]
        seen: dict[str, list[tuple[float, float, float]]] = {name: [] for name, _, _ in cases}
        for number in range(rounds + 1):
            for name, run, server_run in cases:
                cost = _block(run, count, server_run)
                if number:  # the first round warms up
                    seen[name].append(cost)
    rows = []
    for name, _, _ in cases:
        ratios = [
            (own + other) / (base + beside)
            for (_, own, other), (_, base, beside) in zip(seen[name], seen[PLAIN], strict=True)
        ]
        wall, own, other = zip(*seen[name], strict=True)
        rows.append(
            {
                "name": name,
                "rate": 1 / min(wall),
                "client_us": statistics.median(own) * 1e6,
                "server_us": statistics.median(other) * 1e6,
                "ratio": statistics.median(ratios),
            }
        )
    return rows


def _block(run: Callable[[int], int], count: int, running: Running) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds of ours and of the server, per exchange."""
    wall, own, other = time.monotonic(), time.process_time(), _cpu(running.pid)
    done = run(count)
    return (
        (time.monotonic() - wall) / done,
        (time.process_time() - own) / done,
        (_cpu(running.pid) - other) / done,
    )


def _cpu(pid: int) -> float:
    """CPU seconds of a process and of the children that it has awaited; 0 where there is no /proc."""
    try:
        with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0]) / 1e9
    except OSError:
        return 0.0


def main() -> None:
    """Print the table, and the same as JSON on the last line."""
    server = sys.argv[1] if len(sys.argv) > 1 else "uvicorn"
    rows = measure(server)
    load = os.getloadavg()[0]
    print(f"{server}, load {load:.1f} on {os.cpu_count()} CPUs")
    print(
        f"{'exchanges over sockets':42} {'per second':>10} {'client us':>10} {'server us':>10} {'x plain':>8}"
    )
    for row in rows:
        costs = f"{row['client_us']:10.0f} {row['server_us']:10.0f} {row['ratio']:8.2f}"
        print(f"{row['name']:42} {row['rate']:10.0f} {costs}")
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
