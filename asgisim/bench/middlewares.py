"""What 0, 1, 2, 5, 10, 20 equal middlewares cost in each framework, in process and behind a server.

Before anything is measured, and in every block, it is asserted that the endpoint was reached, through as many
middlewares as there should be.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

from asgisim.bench import load, stacks
from asgisim.bench.measuring import Case, Ratio, Row, median
from asgisim.bench.stacks import ANSWER, COUNTS, STACKS, Stack
from asgisim.bench.traffic import fresh_scope
from asgisim.bench.wire import cpu
from asgisim.servers import start

PROCESS = "in process"
BLOCK = 0.006  # seconds of CPU time: quick stacks are called more often in one block


class Driven:
    """An app in an event loop of its own, started and, at the end, shut down."""

    def __init__(self, app: Any, count: int) -> None:
        self.app = app
        self.count = count
        self.runner = asyncio.Runner()
        self.state: dict[str, Any] = {}
        self.told: asyncio.Queue[Any] = asyncio.Queue()
        self.heard: asyncio.Queue[Any] = asyncio.Queue()
        self.runner.run(self._start())

    async def _start(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        self.task = asyncio.ensure_future(self.app(scope, self.told.get, self.heard.put))
        self.told.put_nowait({"type": "lifespan.startup"})
        await self._answer()

    async def _answer(self) -> None:
        heard = asyncio.ensure_future(self.heard.get())
        await asyncio.wait((heard, self.task), timeout=10, return_when=asyncio.FIRST_COMPLETED)
        if not heard.done():
            heard.cancel()
            if not self.task.done() or not isinstance(self.task.exception(), Exception):
                raise AssertionError("the app neither started nor refused to")
        elif not heard.result()["type"].endswith(".complete"):
            raise AssertionError(f"the app did not start: {heard.result()}")

    async def _stop(self) -> None:
        if not self.task.done():
            self.told.put_nowait({"type": "lifespan.shutdown"})
            await asyncio.wait((self.task,), timeout=10)

    def run(self, n: int) -> None:
        """So many requests. Raises AssertionError unless each was answered, through all middlewares."""
        before = stacks.passed[0]
        self.runner.run(self._calls(n))
        if stacks.passed[0] - before != n * self.count:
            raise AssertionError(f"{stacks.passed[0] - before} middlewares were passed, not {n * self.count}")

    async def _calls(self, n: int) -> None:
        for _ in range(n):
            sent: list[Any] = []
            scope = {**fresh_scope(), "method": "GET", "headers": HEADERS, "state": dict(self.state)}

            asked: list[None] = []
            over = asyncio.Event()

            async def receive(asked: list[None] = asked, over: asyncio.Event = over) -> Any:
                if asked:  # the client stays, until it has been answered
                    await over.wait()
                    return {"type": "http.disconnect"}
                asked.append(None)
                return {"type": "http.request", "body": b"", "more_body": False}

            async def send(event: Any, sent: list[Any] = sent, over: asyncio.Event = over) -> None:
                sent.append(event)
                if event["type"] == "http.response.body" and not event.get("more_body"):
                    over.set()

            await self.app(scope, receive, send)
            body = b"".join(event.get("body", b"") for event in sent[1:])
            if sent[0]["status"] != 200 or body != ANSWER:
                raise AssertionError("the app did not answer as it should")

    def close(self) -> None:
        """Shut it down."""
        self.runner.run(self._stop())
        self.runner.close()


HEADERS = [
    (b"host", b"localhost"),
    (b"accept", b"*/*"),
    (b"accept-encoding", b"gzip, deflate"),
    (b"connection", b"keep-alive"),
    (b"user-agent", b"bench"),
]


def cases(
    frameworks: Sequence[str] = (),
    counts: Sequence[int] = COUNTS,
    server: str = "",
    styles: Sequence[str] = (),
) -> tuple[list[Case], list[Row]]:
    """What can be measured here, and a Row for each stack whose framework is not installed.

    frameworks, styles: these alone. server: behind it under load, in place of in process. Raises ServerError,
    and AssertionError for a stack that does not do what it should.
    """
    found: list[Case] = []
    missing: list[Row] = []
    for stack in STACKS:
        if (frameworks and stack.framework not in frameworks) or (styles and stack.style not in styles):
            continue
        if not stacks.installed(stack):
            missing.append(Row(stack.name, server or PROCESS, missing=stack.framework))
            continue
        for count in counts:
            found.append(_served(stack, count, server) if server else _in_process(stack, count))
    names = {case.name for case in found}
    for case in found:
        if case.floor not in names or case.floor == case.name:
            case.floor = ""
    return found, missing


def _name(stack: Stack, count: int) -> str:
    return f"{stack.name}, {count}"


def _labels(stack: Stack, count: int) -> dict[str, Any]:
    return {"framework": stack.framework, "style": stack.style, "count": count}


def _in_process(stack: Stack, count: int) -> Case:
    driven = Driven(stack.make(count), count)
    driven.run(2)
    began = time.process_time()
    driven.run(10)
    cost = max((time.process_time() - began) / 10, 5e-6)
    n = max(20, int(BLOCK / cost))
    floor, labels = _name(stack, 0), _labels(stack, count)
    return Case(_name(stack, count), driven.run, n, floor, PROCESS, driven.close, labels=labels)


def _served(stack: Stack, count: int, server: str) -> Case:
    with ExitStack() as entered:
        app = f"asgisim.bench.stacks:{stack.framework}__{stack.style}__{count}"
        running = entered.enter_context(start(server, app, timeout=60))
        made = load.Load((running.host, running.port), ANSWER)
        made.run(4)
        close = entered.pop_all().close
    case = Case(_name(stack, count), made.run, 400, _name(stack, 0), server, close, partial(cpu, running.pid))
    case.labels = _labels(stack, count)
    case.latencies = made.latencies
    return case


def per_middleware(rows: list[Row], stack: Stack) -> Ratio | None:
    """CPU microseconds that one more costs: round by round, the most against none, shared out."""
    mine = [row for row in rows if row.cpu and row.labels.get("framework") == stack.framework]
    costs = {row.labels["count"]: row.cpu for row in mine if row.labels["style"] == stack.style}
    if len(costs) < 2 or 0 not in costs:
        return None
    most = max(costs)
    return median((high - low) / most for high, low in zip(costs[most], costs[0], strict=True))
