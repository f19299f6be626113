"""Runs scenarios against the app of a campaign: a fresh start each, or all in one kept loop and lifespan."""

from __future__ import annotations

from typing import Any

from asgisim.drive.sim import Simulator
from asgisim.fuzz.settings import Settings
from asgisim.judge import Report, judge
from asgisim.model.scenario import Exchange, Scenario
from asgisim.model.trace import Trace


class Player:
    """The app, the simulator that it runs in, and the lifespan that each scenario begins with.

    kept: all runs are in one loop and, where the app takes part in it, one lifespan. lifespan: None for an
    app that takes no part.
    """

    def __init__(self, app: Any, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.kept = settings.keep_loop
        self.lifespan: Exchange | None = None
        self.simulator = Simulator(app, loop=settings.loop, keep=self.kept, reload=settings.reload)

    def keep(self, app: Any) -> None:
        """From here on run all in one loop, with this app."""
        self.simulator.close()
        self.kept = True
        self.simulator = Simulator(app, keep=True, reload=self.settings.reload)

    def run(self, one: Scenario) -> tuple[Trace, Report]:
        """Run and judge it."""
        trace = self.simulator.run(one)
        return trace, judge(trace, self.settings.edition)

    def trace(self, one: Scenario) -> Trace:
        """Run it."""
        return self.run(one)[0]

    def fits(self, one: Scenario) -> bool:
        """Whether it can be run: a kept lifespan is the same one in every scenario, and the only one."""
        if not self.kept:
            return True
        first, *others = one.exchanges
        if self.lifespan is not None and (first != self.lifespan or not others):
            return False
        return all(other.protocol != "lifespan" for other in (others if self.lifespan else one.exchanges))

    def inside(self, one: Scenario) -> Scenario:
        """It with the lifespan around it."""
        if self.lifespan is None or one.exchanges[0].protocol == "lifespan":
            return one
        return Scenario([self.lifespan, *one.exchanges])

    def fresh(self) -> Any:
        """An app that nothing has used; None where there is none to be had."""
        reload = self.settings.reload
        if reload is None or self.settings.loop != "asyncio":
            return None
        try:
            return reload()
        except Exception:  # a module may do anything while it is imported anew
            return None

    def fresh_trace(self, one: Scenario) -> Trace | None:
        """What a fresh app does; None where there is none."""
        app = self.fresh()
        return None if app is None else Simulator(app).run(one)
