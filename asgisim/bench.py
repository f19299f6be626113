"""What asgisim itself costs, as ratios to a bare call measured in the same rounds.

Rounds of all cases are interleaved, garbage collection is off inside a block, and what is compared is CPU
time of the process: on a shared machine only the ratios mean anything.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from asgisim.drive.sim import Simulator
from asgisim.fuzz.campaign import Settings, fuzz
from asgisim.judge import judge
from asgisim.lint import Lint
from asgisim.scenario import Act, Exchange, Scenario
from asgisim.space import Route, scenario

BODY = b"sixteen bytes :)"
ANSWER = b"Hello, world!"


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Reads the body, answers 200 with two headers and 13 bytes; HTTP is all that it speaks."""
    if scope["type"] != "http":
        raise ValueError("only http is served")
    while (event := await receive()).get("more_body", False):
        pass
    del event
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"13")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": ANSWER})


def fresh_scope() -> dict[str, Any]:
    """A plain POST with five headers; a new dict each time, as a server makes it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"localhost"),
            (b"content-length", b"16"),
            (b"content-type", b"text/plain"),
            (b"accept", b"*/*"),
            (b"user-agent", b"bench"),
        ],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
        "state": {},
        "extensions": {},
    }


@dataclass(slots=True)
class Case:
    """One measured way of calling the app: `run(n)` makes n exchanges; per block, n of them."""

    name: str
    run: Callable[[int], None]
    n: int


async def _calls(target: Any, n: int) -> None:
    request = {"type": "http.request", "body": BODY, "more_body": False}
    for _ in range(n):
        sent: list[Any] = []

        async def receive() -> Any:
            return request

        async def send(event: Any, sent: list[Any] = sent) -> None:
            sent.append(event)

        await target(fresh_scope(), receive, send)
        if len(sent) != 2 or sent[1]["body"] != ANSWER:
            raise AssertionError("the app did not answer as it should")


def _in_loop(target: Any) -> Callable[[int], None]:
    return lambda n: asyncio.run(_calls(target, n))


def _httpx() -> Callable[[int], None] | None:
    try:
        import httpx
    except ImportError:
        return None

    async def calls(n: int) -> None:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            for _ in range(n):
                response = await client.post("/", content=BODY)
                if response.content != ANSWER:
                    raise AssertionError("the app did not answer as it should")

    return lambda n: asyncio.run(calls(n))


def _simulated(loop: str) -> Callable[[int], None]:
    request = {"type": "http.request", "body": BODY, "more_body": False}
    one = Scenario([Exchange(fresh_scope(), [Act("recv", 0, "event", request)])])

    def run(n: int) -> None:
        simulator = Simulator(app, loop=loop)
        try:
            for _ in range(n):
                report = judge(simulator.run(one))
                if report.findings:
                    raise AssertionError(report.findings[0].line())
        finally:
            simulator.close()

    return run


def _generated(n: int) -> None:
    rnd = random.Random(0)
    routes = (Route("POST", "/", "http"),)
    for _ in range(n):
        scenario(lambda m: int(rnd.random() * m), protocols=("http",), routes=routes)


def _campaign(n: int) -> None:
    result = fuzz(app, Settings(routes=[Route("POST", "/", "http")], protocols=("http",), max_examples=n))
    if result.findings:
        raise AssertionError(result.findings[0].finding.line())


def cases() -> list[Case]:
    """The bare call first: it is what all others are compared with."""
    found = [
        Case("bare await in a running loop", _in_loop(app), 400),
        Case("judged and traced, in a running loop (Lint)", _in_loop(Lint(app)), 200),
        Case("simulated exchange, asyncio, all rules", _simulated("asyncio"), 100),
        Case("campaign, per scenario", _campaign, 1000),
        Case("generate one scenario", _generated, 200),
    ]
    try:
        import trio  # noqa: F401

        found.insert(3, Case("simulated exchange, trio, all rules", _simulated("trio"), 100))
    except ImportError:
        pass
    httpx = _httpx()
    if httpx is not None:
        found.append(Case("httpx AsyncClient with ASGITransport", httpx, 30))
    return found


def measure(rounds: int = 15, seed: int = 0) -> list[dict[str, Any]]:
    """Interleaved rounds of all cases; for each: CPU microseconds (lowest) and the ratio to the first case.

    Returns ``{"name", "us", "ratio", "low", "high"}`` each: the ratio is the median over the rounds, low and
    high are its quartiles.
    """
    table = cases()
    order = random.Random(seed)
    costs: dict[str, list[float]] = {case.name: [] for case in table}
    for number in range(rounds + 1):
        for case in order.sample(table, len(table)):
            gc.collect()
            gc.disable()
            began = time.process_time()
            try:
                case.run(case.n)
            finally:
                gc.enable()
            if number:  # the first round warms up
                costs[case.name].append((time.process_time() - began) / case.n)
    floor = costs[table[0].name]
    rows = []
    for case in table:
        ratios = [cost / base for cost, base in zip(costs[case.name], floor, strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        us = min(costs[case.name]) * 1e6
        rows.append({"name": case.name, "us": us, "ratio": middle, "low": low, "high": high})
    return rows


def main() -> None:
    """Print the table, and the same as JSON on the last line."""
    rows = measure()
    print(f"{'way of calling the app':46} {'CPU us':>8} {'x bare':>8}  quartiles")
    for row in rows:
        print(f"{row['name']:46} {row['us']:8.1f} {row['ratio']:8.1f}  {row['low']:.1f} to {row['high']:.1f}")
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
