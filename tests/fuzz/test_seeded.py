"""Shallow bugs planted in small apps: the sweep finds each within its first scenarios, without chance."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from asgisim.drive.sim import Simulator
from asgisim.fuzz.shrink import shrink
from asgisim.fuzz.sweep import base_scenarios, sweep
from asgisim.judge import judge
from asgisim.model.scenario import Scenario
from asgisim.space import Route
from asgisim.spec.rules import Party

START = {"type": "http.response.start", "status": 200, "headers": []}
END = {"type": "http.response.body", "body": b""}


async def read(receive: Any) -> list[dict[str, Any]]:
    events = [await receive()]
    while events[-1].get("more_body", False):
        events.append(await receive())
    return events


async def never_looks_for_the_end_of_its_client(scope: Any, receive: Any, send: Any) -> None:
    await send(START)
    while True:
        try:
            await send({"type": "http.response.body", "body": b"tick", "more_body": True})
        except OSError:
            pass
        await asyncio.sleep(1)


async def waits_for_the_rest_of_a_body(scope: Any, receive: Any, send: Any) -> None:
    more = True
    while more:
        event = await receive()
        more = event.get("more_body", True)
    await send(START)
    await send(END)


async def answers_twice_on_an_empty_piece(scope: Any, receive: Any, send: Any) -> None:
    events = await read(receive)
    if events[-1]["type"] == "http.disconnect":
        return
    await send(START)
    if len(events) > 1 and any(not event.get("body") for event in events[:-1]):
        await send(START)
    await send(END)


async def leaves_a_task_behind(scope: Any, receive: Any, send: Any) -> None:
    events = await read(receive)
    if events[-1]["type"] == "http.disconnect":
        scope["asgisim.task"] = asyncio.ensure_future(asyncio.sleep(3600))
        return
    await send(START)
    await send(END)


async def swallows_its_cancellation(scope: Any, receive: Any, send: Any) -> None:
    while True:
        try:
            await read(receive)
            await send(START)
            await send(END)
            await asyncio.sleep(10)
            return
        except asyncio.CancelledError:
            await asyncio.Event().wait()


async def needs_a_client(scope: Any, receive: Any, send: Any) -> None:
    await read(receive)
    await send({**START, "headers": [(b"x-client", scope["client"][0].encode())]})
    await send(END)


async def trusts_the_host(scope: Any, receive: Any, send: Any) -> None:
    await read(receive)
    host = dict(scope["headers"]).get(b"host", b"localhost:80")
    int(host.rpartition(b":")[2]) if b":" in host else 80
    await send(START)
    await send(END)


# app, the rule it breaks, how many scenarios of the sweep are enough
BUGS: tuple[tuple[Callable[..., Any], str, int], ...] = (
    (never_looks_for_the_end_of_its_client, "robust.", 5),
    (waits_for_the_rest_of_a_body, "robust.", 30),
    (answers_twice_on_an_empty_piece, "http.response.start.once", 200),
    (leaves_a_task_behind, "robust.task-leak", 30),
    (swallows_its_cancellation, "robust.", 60),
    (needs_a_client, "robust.crash", 40),
    (trusts_the_host, "robust.crash", 250),
)


@pytest.mark.parametrize(("app", "rule", "limit"), BUGS, ids=[app.__name__ for app, _, _ in BUGS])
def test_the_sweep_finds_it_and_it_is_made_small(app: Any, rule: str, limit: int) -> None:
    simulator = Simulator(app)

    def broken(one: Scenario) -> set[str]:
        report = judge(simulator.run(one))
        return {
            finding.rule.id
            for finding in report.findings
            if finding.party is Party.APP and finding.rule.id.startswith(rule)
        }

    try:
        base = base_scenarios([Route("POST", "/")])[0]
        seen = ((one, broken(one)) for one in islice(sweep(simulator.run, base), limit))
        one, found = next(((one, found) for one, found in seen if found), (base, set[str]()))
        assert found
        small = shrink(one, lambda candidate: bool(found & broken(candidate)))
        [exchange] = small.exchanges
        assert len(exchange.script) <= 2
        assert len(exchange.scope["headers"]) <= 1
    finally:
        simulator.close()
