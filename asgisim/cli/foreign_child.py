"""The far side of ``--python PATH``: a campaign in an interpreter in which asgisim is not installed.

The order is one line of JSON on standard input. The answers are lines of JSON on what was standard
output; the app's own prints go to standard error. Standard library only; Python 3.10 will do.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from typing import Any

from asgisim.cli.campaigning import Done, Order, run
from asgisim.fuzz.findings import Campaign, Found
from asgisim.spec import CATALOGUE
from asgisim.target import TargetError

Say = Callable[[dict[str, Any]], None]

# Run with -c and the package's folder. Only asgisim itself is made importable, not what is installed
# beside it: its neighbours would hide the packages of the environment that is to be tested.
BOOT = """
import importlib.util, os, sys
if sys.version_info < (3, 10):
    sys.exit("asgisim needs Python 3.10 or newer here, but this is " + sys.version.split()[0])
folder = sys.argv[1]
spec = importlib.util.spec_from_file_location(
    "asgisim", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder])
module = sys.modules["asgisim"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
from asgisim.cli.foreign_child import main
main()
"""
_KINDS = ("findings", "flaky", "notes")


def main() -> None:
    """Do what standard input orders, and tell it; the process's exit status says nothing."""
    say = _take_output()
    # Thousands of scenarios mean thousands of tracebacks; formatting them would take most of the time.
    logging.disable(logging.CRITICAL)
    try:
        order = Order(**json.loads(sys.stdin.readline()))
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # the app must not wait for our next order
        done = run(order, lambda result: _progress(say, result))
        say({"kind": "done", **done_to_json(done, order.name)})
    except TargetError as error:
        say({"kind": "error", "message": str(error)})
    except KeyboardInterrupt:
        say({"kind": "interrupted"})
    # Threads that the app has left behind must not keep this process.
    sys.stderr.flush()
    os._exit(0)


def _progress(say: Say, result: Campaign) -> None:
    say(
        {
            "kind": "progress",
            "examples": result.examples,
            "seconds": result.seconds,
            "so_far": result.so_far,
        }
    )


def _take_output() -> Say:
    """Keep standard output for ourselves; whatever the app prints, in C too, goes to standard error."""
    ours = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr

    def say(line: dict[str, Any]) -> None:
        ours.write(json.dumps(line) + "\n")
        ours.flush()

    return say


def done_to_json(done: Done, name: str) -> dict[str, Any]:
    """Everything that a campaign knows, as plain data."""
    one = done.campaign
    return {
        "versions": done.versions,
        "file": done.file,
        "saved": done.saved,
        **{kind: [_found_to_json(found, name) for found in getattr(one, kind)] for kind in _KINDS},
        "exercised": [id for id, rule in CATALOGUE.items() if rule.bit & one.exercised],
        "cells": sorted(list(cell) for cell in one.cells),
        "examples": one.examples,
        "seconds": one.seconds,
        "interrupted": one.interrupted,
        "left_out": one.left_out,
    }


def done_from_json(data: dict[str, Any]) -> Done:
    """The inverse of done_to_json. Raises KeyError or ValueError for data of another shape."""
    campaign = Campaign(
        findings=[_found_from_json(one) for one in data["findings"]],
        flaky=[_found_from_json(one) for one in data["flaky"]],
        notes=[_found_from_json(one) for one in data["notes"]],
        cells={(cell[0], cell[1], cell[2]) for cell in data["cells"]},
        examples=data["examples"],
        seconds=data["seconds"],
        interrupted=data["interrupted"],
        left_out=list(data["left_out"]),
    )
    for id in data["exercised"]:
        campaign.exercised |= CATALOGUE[id].bit
    return Done(campaign, data["versions"], data["file"], list(data["saved"]))


def _found_to_json(found: Found, name: str) -> dict[str, Any]:
    return {**found.to_json(name), "first_seconds": found.first_seconds}


def _found_from_json(data: dict[str, Any]) -> Found:
    found = Found.from_json(data)
    found.first_seconds = data["first_seconds"]
    return found
