"""What tiers.py and triggers.py run in the environment of an entry. Standard library and asgisim's own only.

Orders come as one line of JSON on standard input, the answer goes out as one line of JSON.
"""

from __future__ import annotations

import json
import logging
import os
import random
import runpy
import sys
from types import FrameType
from typing import Any

from asgisim import target
from asgisim.cli.campaigning import Order, _settings_for
from asgisim.drive.sim import simulate
from asgisim.fuzz import campaign
from asgisim.fuzz.findings import Found, Key
from asgisim.fuzz.ledger import Ledger
from asgisim.fuzz.settings import Settings
from asgisim.model.scenario import Scenario
from asgisim.model.trace import RECEIVE
from asgisim.space import scenario


class Told(BaseException):
    """The rule that was waited for is told. No Exception: an app or Hypothesis might take that for its."""


class Awaiting(Ledger):
    """A ledger that ends the campaign as soon as one of some rules is told."""

    def __init__(self, run: campaign._Run, expect: list[str], protocol: str) -> None:
        super().__init__(run.player, run.result, None)
        self.expect = expect
        self.on = protocol

    def enter(self, key: Key, found: Found) -> Found:
        entered = super().enter(key, found)
        self._look_at(found)
        return entered

    def _explain(self, key: Key, found: Found) -> None:
        super()._explain(key, found)
        self._look_at(found)

    def _look_at(self, found: Found) -> None:
        if found.protocol == (self.on or found.protocol) and found.finding.caused_by is None:
            rule = found.finding.rule.id
            if any(rule == one or (one.endswith(".") and rule.startswith(one)) for one in self.expect):
                raise Told


class Until(campaign._Run):
    """A campaign that ends as soon as one of some rules is told."""

    def __init__(self, app: Any, settings: Settings, expect: list[str], protocol: str) -> None:
        super().__init__(app, settings, None)
        self.ledger = Awaiting(self, expect, protocol)


class Random(Until):
    """Scenarios drawn at random, and nothing else: no sweep, no equal spellings, no pool that is mutated."""

    def _phases(self) -> None:
        self.draw(self.settings.max_examples)

    def draw(self, count: int) -> None:
        """Play so many scenarios at random."""
        rnd = random.Random(self.settings.seed)
        routes = tuple(one for one in self.settings.routes if one.protocol in self.protocols)
        taken = tuple(one for one in self.protocols if one != "lifespan" or self.player.lifespan)
        for _ in range(count):
            if self._out_of_budget():
                break
            self._play(self.player.inside(scenario(campaign._chooser(rnd), protocols=taken, routes=routes)))


TIERS = {"random": Random, "campaign": Until}


def first(order: dict[str, Any]) -> dict[str, Any]:
    """How many examples a tier needed until the rule was told; None if it was not."""
    loaded = target.load(order["app"], False, False)
    limits = {key: order[key] for key in ("max_examples", "max_time", "seed")}
    settings = _settings_for(loaded, Order(order["app"], **limits))
    run = TIERS[order["tier"]](loaded.app, settings, order["expect"], order["protocol"])
    try:
        run.go()
    except Told:
        return {"examples": run.result.examples}
    return {"examples": None}


def given(order: dict[str, Any]) -> dict[str, Any]:
    """How many events the app is given in a run of the scenario, beside those of a lifespan around it."""
    loaded = target.load(order["app"], False, False)
    one = Scenario.from_json(order["scenario"])
    asked = [index for index, exchange in enumerate(one.exchanges) if exchange.protocol != "lifespan"] or [0]
    trace = simulate(loaded.app, one)
    return {"events": sum(step.kind == RECEIVE and step.exchange in asked for step in trace)}


def script(order: dict[str, Any]) -> dict[str, Any]:
    """How many events the receive of a script by hand gives, until the script ends the process itself."""
    path = order["script"]
    seen = 0

    def profile(frame: FrameType, event: str, value: Any) -> None:
        nonlocal seen
        if event == "return" and isinstance(value, dict) and "type" in value:
            code = frame.f_code
            if code.co_filename == path and "rec" in code.co_name:
                seen += 1

    def leave(_: int) -> None:
        say({"events": seen})
        end(0)

    end, os._exit = os._exit, leave  # type: ignore[assignment]
    sys.setprofile(profile)
    runpy.run_path(path, run_name="__main__")
    return {"events": seen}


def say(line: dict[str, Any]) -> None:
    """Give the answer, on what was standard output."""
    os.write(ANSWERS, (json.dumps(line) + "\n").encode())


if __name__ == "__main__":
    ANSWERS = os.dup(1)
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    what = json.loads(sys.stdin.readline())
    say({"first": first, "given": given, "script": script}[what["what"]](what))
    sys.stderr.flush()
    os._exit(0)
