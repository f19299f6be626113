"""Runs leave nothing behind: a campaign of a million has the memory of one of a thousand."""

from __future__ import annotations

import gc
import random

import pytest

from asgisim.drive.sim import Simulator
from asgisim.drive.sim.stage import Stage
from asgisim.model.scenario import Exchange, Scenario
from asgisim.reference.app import PATHS
from asgisim.reference.app import app as reference
from asgisim.space import Route, scenario, scopes

ROUTES = tuple(Route("POST", path, protocol) for protocol, paths in PATHS.items() for path in paths)


def drawn(count: int) -> list[Scenario]:
    rnd = random.Random(7)
    made = [scenario(lambda n: int(rnd.random() * n), routes=ROUTES) for _ in range(count)]
    lifespan = Exchange(scopes.lifespan())
    return [one if index % 2 else Scenario([lifespan, *one.exchanges]) for index, one in enumerate(made)]


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_run_leaves_no_cycle(loop: str) -> None:
    gc.collect()  # what other tests left is not of this one
    scenarios = drawn(60)
    with Simulator(reference, loop=loop) as simulator:
        for one in scenarios:
            simulator.run(one)
        gc.collect()
        gc.disable()
        try:
            for one in scenarios:
                simulator.run(one)
            gc.set_debug(gc.DEBUG_SAVEALL)
            gc.collect()
            left = sum(type(one) is Stage for one in gc.garbage)
            assert left <= 2  # the watchdog may have looked at the frame of one
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()
