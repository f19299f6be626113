"""One loop and one lifespan for many runs, for apps that cannot be started twice: servers start them once."""

from __future__ import annotations

import gc

from asgisim.drive.sim import vtime
from asgisim.drive.sim.aio import AioHost
from asgisim.drive.sim.chains import await_chain
from asgisim.drive.sim.host import App
from asgisim.drive.sim.limits import Limits
from asgisim.drive.sim.loop import SerialTask
from asgisim.drive.sim.peer import Peer
from asgisim.drive.sim.stage import Stage
from asgisim.model.scenario import Exchange, Scenario
from asgisim.model.trace import Step, Trace


class Spoilt(Exception):
    """The kept loop or lifespan has ended, and there is no fresh app to go on with."""


class KeptStage(Stage):
    """A run within a lifespan that began before it and goes on after it."""

    lifespan: Peer | None

    def __init__(
        self, scenario: Scenario, host: KeptHost, clock: float, span: Peer | None, opening: list[Step]
    ) -> None:
        super().__init__(scenario, host, host.limits, clock)
        if span is not None:
            del self.pending[0]
            self.lifespan = span
            self.peers.append(span)
            self.live.append(span)
            self.steps.extend(opening)
            span.stage, span.steps = self, self.steps

    def flow(self) -> None:
        """As ever, but the lifespan need not end."""
        super().flow()
        span = self.lifespan
        if span is not None and self.live == [span] and not self.pending and span.started and not span.failed:
            self.finished = True

    def on_tick(self) -> None:
        super().on_tick()
        if not self.finished and not self.pending:
            self.flow()

    def _shut_lifespan(self) -> bool:
        return False


class KeptHost(AioHost):
    """Many runs on one loop. dead: it cannot go on, since the lifespan has ended or a call could not be."""

    def __init__(self, app: App, limits: Limits) -> None:
        super().__init__(app, Scenario([Exchange({})]), limits)
        self.span: Peer | None = None
        self.opening: list[Step] = []
        self.dead = False
        self.begun = False
        self.first = 0  # serial of the last task from before the run
        self.old_generators: frozenset[int] = frozenset()

    def play(self, scenario: Scenario) -> Trace:
        """Run it; a leading lifespan exchange stands for the kept one, whose opening is in each trace.

        Raises ValueError for a scenario without it where there is one.
        """
        leading = scenario.exchanges[0].protocol == "lifespan"
        if not self.begun:
            self.begun = True
            if leading:
                trace = self._open(scenario.exchanges[0])
                if self.dead:
                    return trace
        if leading != (self.span is not None):
            raise ValueError("expected each scenario to begin with the lifespan that is kept, or none to")
        return self._within(scenario)

    def _open(self, lifespan: Exchange) -> Trace:
        trace = self._within(Scenario([lifespan]))
        self.span = self.stage.peers[0]
        self.opening = list(self.stage.steps)
        self.dead = self.dead or self.span.over
        return trace

    def _within(self, scenario: Scenario) -> Trace:
        span = self.span
        self.census = self.count_threads()
        self.facts = []
        self.settling = self.stuck = False
        self.passes = 0
        self.first = self.loop.serial
        self.old_generators = frozenset(map(id, self.loop.made("_asyncgens") or ()))
        self.tasks = {0: self.tasks[0]} if span is not None else {}
        self.waiters = {0: self.waiters.get(0, [])} if span is not None else {}
        self.scopes = {0: self.scopes[0]} if span is not None else {}
        if self.loop.now < vtime.MONOTONIC:
            self.loop.now = vtime.MONOTONIC
        self.stage = KeptStage(scenario, self, self.loop.now, span, self.opening)
        trace = Trace(list(self.run().steps))  # the lifespan goes on writing into its own
        if self.loop.is_closed() or any(peer.gave_up for peer in self.stage.peers) or (span and span.over):
            self.dead = True
        return trace

    def _settle(self) -> None:
        """Only what this run began and has left is a leak; the loop stays open."""
        loop = self.loop
        self.settling = True
        if loop.is_closed():
            return
        if loop._ready:
            self._forever()
        left = self._app_tasks()
        for task in left:
            if not self.given_up(task.exchange):
                chain = await_chain(task.get_coro())
                name = getattr(task.get_coro(), "__qualname__", "?")
                self.facts.append(
                    (task.exchange, "task-leak", f"the task {name} goes on after the call", chain)
                )
            task.cancel()
        if loop.made("_asyncgens") and self.span is not None:
            self.leaked_generators(loop._asyncgens, self.old_generators)
        self._rest()
        del left
        lifespan = self.stage.lifespan
        for index in [index for index in self.tasks if lifespan is None or index != lifespan.index]:
            del self.tasks[index]
        self._rest()
        if self.span is not None:
            self.census.release()

    def _rest(self) -> None:
        self.passes = 0
        if self.loop._ready and not self.loop.is_closed():
            self._forever()
        self.tell_facts()
        gc.collect(0)

    def _app_tasks(self) -> list[SerialTask]:
        """Of this run; what the lifespan has started may go on."""
        lifespan = self.stage.lifespan
        return [
            task
            for task in super()._app_tasks()
            if task.serial > self.first and (lifespan is None or task.exchange != lifespan.index)
        ]

    def close(self) -> None:
        """Cancel what is left and close the loop; what happens in that is told nobody."""
        if self.loop.is_closed():
            return
        self.first, self.settling, self.stage.lifespan = 0, True, None
        for task in AioHost._app_tasks(self):
            task.cancel()
        if self.span is not None and 0 in self.tasks:
            self.tasks[0].cancel()
        self.run()
        self.loop.free()
        self.loop.close()
