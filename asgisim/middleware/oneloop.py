"""Runs of many apps on one event loop, as a server has: for middlewares that keep what belongs to a loop."""

from __future__ import annotations

from typing import Any

from asgisim.drive.sim import Simulator
from asgisim.model.scenario import Scenario
from asgisim.model.trace import FACT, Trace


class OneLoop:
    """One loop of asyncio, on which one app after the other is run; close it. A loop that an app has
    spoilt is followed by a new one."""

    def __init__(self) -> None:
        self.app: Any = None
        self.simulator = Simulator(self._current, keep=True, reload=lambda: self._current)

    async def _current(self, scope: Any, receive: Any, send: Any) -> Any:
        return await self.app(scope, receive, send)

    def run(self, app: Any, scenario: Scenario) -> Trace:
        """The trace of a scenario without a lifespan at its head."""
        self.app = app
        trace = self.simulator.run(scenario)
        if any(step.kind == FACT for step in trace):
            self.simulator.renew()  # a task or a timer that is left must not be told of the next app
        return trace

    def close(self) -> None:
        """End the loop."""
        self.simulator.close()
