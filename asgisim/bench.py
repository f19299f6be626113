"""What asgisim itself costs, as ratios to a bare call measured in the same rounds.

Rounds of all cases are interleaved, garbage collection is off inside a block, and what is compared is CPU
time of the process: on a shared machine only the ratios mean anything.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import random
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from asgisim.drive.sim import Simulator
from asgisim.fuzz import drawn
from asgisim.fuzz.campaign import Settings, fuzz
from asgisim.judge import judge
from asgisim.lint import Lint
from asgisim.scenario import Act, Exchange, Scenario
from asgisim.space import Route, scenario

BODY = b"sixteen bytes :)"
ANSWER = b"Hello, world!"
ROUTE = Route("POST", "/", "http")

BARE = "bare await in a running loop"
LINT = "judged and traced, in a running loop (Lint)"
BARE_VARIED = "bare, every request another"
LINT_VARIED = "Lint, every request another"
AIO = "simulated exchange, asyncio, all rules"
TRIO = "simulated exchange, trio, all rules"
CAMPAIGN = "fuzz, per scenario, without Hypothesis"
HYPOTHESIS = "Hypothesis on the same shapes, per example"
GENERATE = "generate one scenario"
HTTPX = "httpx AsyncClient with ASGITransport"


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Reads and looks at the body, answers with two headers and 13 bytes; HTTP is all that it speaks."""
    if scope["type"] != "http":
        raise ValueError("only http is served")
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    status = 200 if len(body) == len(BODY) else 400
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"13")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": ANSWER})


class Request(NamedTuple):
    """What differs from request to request in real traffic."""

    path: str
    raw_path: bytes
    query: bytes
    agent: bytes
    id: bytes
    port: int
    body: bytes


PLAIN = Request("/", b"/", b"", b"bench", b"*/*", 50000, BODY)


def varied(count: int = 4000) -> list[Request]:
    """Requests of which no two are the same; more of them than any memo of ours holds values."""
    rnd = random.Random(0)
    paths = [f"/items/{rnd.randrange(10**9)}/{number}" for number in range(count)]
    return [
        Request(
            path,
            path.encode(),
            b"page=%d" % rnd.randrange(100),
            b"Mozilla/5.0 (X11; Linux x86_64) bench/%d" % rnd.randrange(10**6),
            b"%032x" % rnd.getrandbits(128),
            rnd.randrange(1024, 65536),
            rnd.randbytes(16),
        )
        for path in paths
    ]


def fresh_scope(request: Request = PLAIN) -> dict[str, Any]:
    """A plain POST with five headers; a new dict each time, as a server makes it."""
    path, raw_path, query, agent, number, port, _ = request
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": [
            (b"host", b"localhost"),
            (b"content-length", b"16"),
            (b"content-type", b"text/plain"),
            (b"accept", number),
            (b"user-agent", agent),
        ],
        "client": ("127.0.0.1", port),
        "server": ("127.0.0.1", 80),
        "state": {},
        "extensions": {},
    }


@dataclass(slots=True)
class Case:
    """One measured way of calling the app: `run(n)` makes n exchanges, or tells how many it made.

    floor: the name of the case that it is compared with.
    """

    name: str
    run: Callable[[int], int | None]
    n: int
    close: Callable[[], None] = lambda: None
    floor: str = BARE


async def _calls(target: Any, requests: Iterable[Request]) -> None:
    for request in requests:
        sent: list[Any] = []

        async def receive(body: bytes = request.body) -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(event: Any, sent: list[Any] = sent) -> None:
            sent.append(event)

        await target(fresh_scope(request), receive, send)
        if len(sent) != 2 or sent[0]["status"] != 200 or sent[1]["body"] != ANSWER:
            raise AssertionError("the app did not answer as it should")


def _in_loop(target: Any, requests: Sequence[Request] = (PLAIN,)) -> Callable[[int], None]:
    endless = itertools.cycle(requests)
    return lambda n: asyncio.run(_calls(target, itertools.islice(endless, n)))


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


def _simulated(name: str, loop: str) -> Case:
    """Simulated and judged, by a simulator that is kept, as in a campaign."""
    request = {"type": "http.request", "body": BODY, "more_body": False}
    one = Scenario([Exchange(fresh_scope(), [Act("recv", 0, "event", request)])])

    simulator = Simulator(app, loop=loop)

    def run(n: int) -> None:
        for _ in range(n):
            report = judge(simulator.run(one))
            if report.findings:
                raise AssertionError(report.findings[0].line())

    return Case(name, run, 300, simulator.close)


def _generated(n: int) -> None:
    rnd = random.Random(0)
    for _ in range(n):
        scenario(lambda m: int(rnd.random() * m), protocols=("http",), routes=(ROUTE,))


def _campaign(n: int) -> int:
    result = fuzz(app, Settings(routes=[ROUTE], protocols=("http",), max_examples=n, drawn=0))
    if result.findings:
        raise AssertionError(result.findings[0].finding.line())
    return result.examples


def _hypothesis(n: int) -> int:
    """Drawn by Hypothesis from the same definition, simulated and judged."""
    count = 0
    with Simulator(app) as simulator:

        def take(one: Scenario) -> None:
            nonlocal count
            count += 1
            report = judge(simulator.run(one))
            if report.findings:
                raise AssertionError(report.findings[0].line())

        drawn.draw([ROUTE], ("http",), n, 0, take)
    return count


def cases() -> list[Case]:
    """The bare call first: it is what all others are compared with. What is not installed is left out."""
    hypothesis = drawn.ready()  # before a simulator freezes the collector
    httpx = _httpx()
    found = [
        Case(BARE, _in_loop(app), 1000),
        Case(LINT, _in_loop(Lint(app)), 300),
        Case(BARE_VARIED, _in_loop(app, varied()), 1000),
        Case(LINT_VARIED, _in_loop(Lint(app), varied()), 300, floor=BARE_VARIED),
        _simulated(AIO, "asyncio"),
    ]
    try:
        import trio  # noqa: F401
    except ImportError:
        pass
    else:
        found.append(_simulated(TRIO, "trio"))
    found += [Case(CAMPAIGN, _campaign, 2000), Case(GENERATE, _generated, 200)]
    if hypothesis:
        found.append(Case(HYPOTHESIS, _hypothesis, 60))
    if httpx is not None:
        found.append(Case(HTTPX, httpx, 30))
    return found


def measure(rounds: int = 15, seed: int = 0, share: float = 1.0) -> list[dict[str, Any]]:
    """Interleaved rounds of all cases; for each: CPU microseconds (lowest) and the ratio to its floor.

    rounds: 2 or more. share: of the exchanges per block, for a shorter run. Returns
    ``{"name", "us", "ratio", "low", "high"}`` each: the ratio is the median over the rounds, low and
    high are its quartiles.
    """
    table = cases()
    order = random.Random(seed)
    costs: dict[str, list[float]] = {case.name: [] for case in table}
    try:
        for number in range(rounds + 1):
            for case in order.sample(table, len(table)):
                cost = _block(case, max(2, int(case.n * share)))
                if number:  # the first round warms up
                    costs[case.name].append(cost)
    finally:
        for case in table:
            case.close()
    rows = []
    for case in table:
        ratios = [cost / base for cost, base in zip(costs[case.name], costs[case.floor], strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        us = min(costs[case.name]) * 1e6
        rows.append({"name": case.name, "us": us, "ratio": middle, "low": low, "high": high})
    return rows


def _block(case: Case, n: int) -> float:
    """CPU seconds per exchange of one block."""
    gc.collect()
    gc.disable()
    began = time.process_time()
    try:
        done = case.run(n) or n
    finally:
        gc.enable()
    return (time.process_time() - began) / done


def summary(rows: list[dict[str, Any]]) -> list[str]:
    """What the table says of `fuzz`, in lines to print."""
    cost = {row["name"]: row["us"] for row in rows}
    lines = [f"fuzz: {1e6 / cost[CAMPAIGN]:,.0f} checked scenarios per second of CPU time"]
    if HYPOTHESIS in cost:
        lines.append(f"that is {cost[HYPOTHESIS] / cost[CAMPAIGN]:.1f} times the rate of Hypothesis")
    return lines


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as text, with what they say of `fuzz` below."""
    lines = [f"{'way of calling the app':46} {'CPU us':>8} {'x bare':>8}  quartiles"]
    for row in rows:
        low, high = f"{row['low']:.1f}", f"{row['high']:.1f}"
        lines.append(f"{row['name']:46} {row['us']:8.1f} {row['ratio']:8.1f}  {low} to {high}")
    return "\n".join([*lines, "", *summary(rows)]) + "\n"


def main() -> None:
    """Print the table, and the same as JSON on the last line."""
    rows = measure()
    print(table(rows), end="")
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
