"""Many runs in one loop and one lifespan, for apps that cannot be started twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from asgisim.drive.sim import Simulator, Spoilt
from asgisim.fuzz.campaign import fuzz
from asgisim.fuzz.settings import Settings
from asgisim.fuzz.starting import ENDED, NO_FRESH, ONE_LOOP
from asgisim.judge import judge
from asgisim.model.scenario import Exchange, Scenario
from asgisim.model.trace import FACT, Trace
from asgisim.space import plain_request

LIFESPAN = Exchange({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}})


class Once:
    """Starts once; every request before or after that is a crash. /leak leaves a task."""

    def __init__(self) -> None:
        self.starts = 0
        self.tasks: set[Any] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.lifespan(receive, send)
            return
        if self.starts != 1 or scope["state"] != {"pool": 1} or self.loop is not asyncio.get_running_loop():
            raise RuntimeError("not started")
        if scope["path"] == "/leak":
            self.tasks.add(asyncio.create_task(asyncio.Event().wait()))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    async def lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        self.starts += 1
        self.loop = asyncio.get_running_loop()
        self.state = self.tasks.add(asyncio.create_task(asyncio.Event().wait()))
        await send({"type": "lifespan.startup.complete" if self.starts == 1 else "lifespan.startup.failed"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})


class WithState(Once):
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            scope["state"]["pool"] = 1
        await super().__call__(scope, receive, send)


def within(path: str = "/") -> Scenario:
    scenario = plain_request(path=path)
    scenario.exchanges[0].scope["state"] = {}
    return Scenario([LIFESPAN, *scenario.exchanges])


def facts(trace: Trace) -> list[tuple[int, str]]:
    return [(one.exchange, one.data["rule"]) for one in trace if one.kind == FACT]


def test_one_lifespan_serves_all_runs_and_each_has_the_same_trace() -> None:
    with Simulator(WithState(), keep=True) as simulator:
        traces = [simulator.run(within()) for _ in range(5)]
    assert [facts(trace) for trace in traces] == [[]] * 5
    assert [trace.to_json() for trace in traces] == [traces[0].to_json()] * 5
    assert judge(traces[4]).findings == []


def test_a_leak_is_told_for_the_run_that_leaks_only() -> None:
    with Simulator(WithState(), keep=True) as simulator:
        assert facts(simulator.run(within())) == []
        assert facts(simulator.run(within("/leak"))) == [(1, "robust.task-leak")]
        assert facts(simulator.run(within())) == []


def test_a_scenario_without_the_kept_lifespan_is_refused() -> None:
    with Simulator(WithState(), keep=True) as simulator:
        simulator.run(within())
        with pytest.raises(ValueError, match="begin with the lifespan"):
            simulator.run(plain_request())


def test_keep_is_for_asyncio() -> None:
    with pytest.raises(ValueError, match="asyncio"):
        Simulator(WithState(), loop="trio", keep=True)


def test_a_lifespan_that_ended_needs_a_fresh_app() -> None:
    async def refuses(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("no")

    with Simulator(refuses, keep=True) as simulator:
        simulator.run(Scenario([LIFESPAN]))
        with pytest.raises(Spoilt):
            simulator.run(Scenario([LIFESPAN]))
    with Simulator(refuses, keep=True, reload=lambda: refuses) as simulator:
        assert simulator.run(Scenario([LIFESPAN])) == simulator.run(Scenario([LIFESPAN]))


def test_a_campaign_goes_on_in_one_loop_with_a_fresh_app() -> None:
    result = fuzz(
        WithState(), Settings(max_examples=300, reload=WithState, drawn=0, protocols=("http", "lifespan"))
    )
    assert ONE_LOOP in result.left_out
    assert ENDED not in result.left_out
    assert not [
        one
        for one in result.findings
        if one.finding.rule.id == "robust.crash" and "started" in one.finding.detail
    ]


def test_a_campaign_without_a_fresh_app_says_so_and_runs_nothing_more() -> None:
    result = fuzz(WithState(), Settings(max_examples=300, protocols=("http", "lifespan")))
    assert result.left_out == [NO_FRESH]
    assert [found.finding.rule.id for found in result.findings] == ["robust.task-leak"]  # of its only start
