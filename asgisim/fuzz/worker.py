"""The far side of ``--python PATH``: a campaign in an interpreter in which asgisim is not installed.

The order is one JSON object on standard input. The answers are JSON lines on what was standard output;
the app's own prints go to standard error. Standard library only, and it also runs on Python 3.10.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from asgisim.fuzz.campaign import Settings
from asgisim.fuzz.findings import Campaign, Found
from asgisim.space import Route
from asgisim.spec.editions import edition
from asgisim.spec.rules import Level

Say = Callable[[dict[str, Any]], None]

# Run with -c and the package's folder. Only asgisim itself is made importable, not what is installed
# beside it: its neighbours would hide the packages of the environment that is to be tested.
BOOT = """
import importlib.util as u, os, sys
f = sys.argv[1]
s = u.spec_from_file_location("asgisim", os.path.join(f, "__init__.py"), submodule_search_locations=[f])
m = sys.modules["asgisim"] = u.module_from_spec(s)
s.loader.exec_module(m)
from asgisim.fuzz.worker import main
main()
"""


@dataclass(slots=True)
class Order:
    """What is to be done: the app by name, and how.

    routes: what was asked for; empty: as the app's framework tells. folder: becomes importable.
    """

    app: str
    settings: Settings
    factory: bool = False
    folder: str | None = None
    routes: list[Route] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain data for the worker's standard input."""
        one = self.settings
        return {
            "app": self.app,
            "factory": self.factory,
            "folder": self.folder,
            "routes": _routes_to_json(self.routes),
            "settings": {
                "protocols": list(one.protocols),
                "max_examples": one.max_examples,
                "max_time": one.max_time,
                "seed": one.seed,
                "loop": one.loop,
                "edition": None if one.edition is None else str(one.edition),
                "only": list(one.only),
                "ignore": list(one.ignore),
                "level": one.level.value,
                "search": one.search,
                "cover": list(one.cover),
            },
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Order:
        """The inverse of to_json."""
        settings = dict(data["settings"])
        for key in ("protocols", "only", "ignore", "cover"):
            settings[key] = tuple(settings[key])
        settings["level"] = Level(settings["level"])
        settings["edition"] = settings["edition"] and edition(settings["edition"])
        routes = routes_from_json(data["routes"])
        return cls(data["app"], Settings(**settings), data["factory"], data["folder"], routes)


def _routes_to_json(routes: Iterable[Route]) -> list[list[str]]:
    return [[one.method, one.path, one.protocol] for one in routes]


def routes_from_json(data: Iterable[list[str]]) -> list[Route]:
    """Routes from their JSON form, [method, path, protocol] each."""
    return [Route(*one) for one in data]


def campaign_to_json(result: Campaign, target: str) -> dict[str, Any]:
    """Everything that a campaign knows, as plain data."""
    return {
        **{key: [_found_to_json(one, target) for one in getattr(result, key)] for key in _FOUND},
        "exercised": result.exercised,
        "cells": sorted(list(cell) for cell in result.cells),
        "examples": result.examples,
        "seconds": result.seconds,
        "interrupted": result.interrupted,
        "left_out": result.left_out,
    }


def campaign_from_json(data: dict[str, Any]) -> Campaign:
    """The inverse of campaign_to_json. Raises KeyError or ValueError for data of another shape."""
    return Campaign(
        **{key: [_found_from_json(one) for one in data[key]] for key in _FOUND},
        exercised=data["exercised"],
        cells={(cell[0], cell[1], cell[2]) for cell in data["cells"]},
        examples=data["examples"],
        seconds=data["seconds"],
        interrupted=data["interrupted"],
        left_out=list(data["left_out"]),
    )


_FOUND = ("findings", "flaky", "notes")


def _found_to_json(found: Found, target: str) -> dict[str, Any]:
    return {**found.to_json(target), "first_seconds": found.first_seconds}


def _found_from_json(data: dict[str, Any]) -> Found:
    found = Found.from_json(data)
    found.first_seconds = data["first_seconds"]
    return found


def main() -> None:
    """Do what standard input orders, and tell it; the process's exit status says nothing."""
    say = _take_output()
    try:
        data = json.loads(sys.stdin.readline())
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # the app must not wait for our next order
        _work(Order.from_json(data), say)
    except KeyboardInterrupt:
        say({"kind": "error", "message": "interrupted before anything was run"})
    # Threads that the app has left behind must not keep this process.
    sys.stderr.flush()
    os._exit(0)


def _work(order: Order, say: Say) -> None:
    from asgisim.fuzz.campaign import fuzz
    from asgisim.target import TargetError, load

    try:
        loaded = load(order.app, order.factory, order.folder)
    except TargetError as error:
        say({"kind": "error", "message": str(error)})
        return
    routes = order.routes or _discovered(loaded.raw)
    if routes:
        order.settings.routes = routes
    told = _routes_to_json(order.settings.routes)
    say({"kind": "loaded", "file": loaded.file, "versions": loaded.versions, "routes": told})

    def progress(result: Campaign) -> None:
        broken = len(result.findings)
        say({"kind": "progress", "examples": result.examples, "seconds": result.seconds, "findings": broken})

    result = fuzz(loaded.app, order.settings, progress)
    say({"kind": "result", "campaign": campaign_to_json(result, order.app)})


def _discovered(app: Any) -> list[Route]:
    from asgisim.routes import discover

    return discover(app)


def _take_output() -> Say:
    """Keep standard output for ourselves; whatever the app prints, in C too, goes to standard error."""
    ours = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr

    def say(line: dict[str, Any]) -> None:
        ours.write(json.dumps(line) + "\n")
        ours.flush()

    return say
