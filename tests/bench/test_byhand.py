"""The strategies that ours are measured against give legal requests of all the kinds they speak of."""

from __future__ import annotations

from typing import Any

from asgisim.bench import byhand
from asgisim.drive.sim import Simulator
from asgisim.fuzz import drawn
from asgisim.judge import judge
from asgisim.model.scenario import Scenario
from asgisim.reference.app import app


def test_they_are_legal_and_reach_what_they_speak_of() -> None:
    seen: set[str] = set()
    with Simulator(app) as simulator:

        def take(one: Scenario) -> None:
            report = judge(simulator.run(one))
            assert not report.findings, report.findings[0].line()
            exchange = one.exchanges[0]
            scope: dict[str, Any] = exchange.scope
            seen.update(f"{key} left out" for key in OPTIONAL - set(scope))
            seen.update(f"{key} None" for key in scope if scope[key] is None)
            seen.update(f"{act.act} {'late' if act.n else 'at once'}" for act in exchange.script)
            seen.add("headers" if scope["headers"] else "no headers")

        drawn.examples(byhand.scenarios(), 300, 0, take)
    assert seen == {
        *(f"{key} left out" for key in OPTIONAL),
        *("client None", "server None", "raw_path None", "headers", "no headers"),
        *("event at once", "event late", "disconnect at once", "disconnect late"),
    }


OPTIONAL = {"scheme", "raw_path", "root_path", "client", "server", "state"}
