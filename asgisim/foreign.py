"""A campaign under the interpreter of another environment, in which asgisim is not installed.

The child gets this package's own folder as the module ``asgisim`` and nothing else of this environment,
so any version of any framework can be tested without its pins meeting ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from typing import Any

import asgisim
from asgisim.campaigning import Done, Order
from asgisim.campaigning import run as run_here
from asgisim.fuzz.findings import Campaign, Found
from asgisim.silence import silence
from asgisim.spec import CATALOGUE
from asgisim.target import TargetError

_BOOT = """
import importlib.util, os, sys
if sys.version_info < (3, 11):
    sys.exit("asgisim needs Python 3.11 or newer, but this is " + sys.version.split()[0])
folder, result = sys.argv[1:]
spec = importlib.util.spec_from_file_location(
    "asgisim", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder])
module = importlib.util.module_from_spec(spec)
sys.modules["asgisim"] = module
spec.loader.exec_module(module)
from asgisim.foreign import child
child(result)
"""


def run(python: str, order: Order) -> Done:
    """Run an order under another interpreter. Raises TargetError for whatever keeps it from being done."""
    folder = os.path.dirname(os.path.abspath(asgisim.__file__))
    with tempfile.TemporaryDirectory(prefix="asgisim-") as place:
        result = os.path.join(place, "result.json")
        errors = _wait(python, [python, "-c", _BOOT, folder, result], json.dumps(asdict(order)))
        try:
            with open(result, encoding="utf-8") as file:
                data = json.load(file)
        except (OSError, ValueError):
            last = errors.strip().splitlines()[-1:] or ["it said nothing"]
            raise TargetError(f"--python: {python} did not finish: {last[0][:300]}") from None
    if "error" in data:
        raise TargetError(data["error"])
    return Done(_campaign(data["campaign"]), data["versions"], data["file"])


def _wait(python: str, command: list[str], order: str) -> str:
    environment = {
        key: value for key, value in os.environ.items() if key not in ("PYTHONHOME", "VIRTUAL_ENV")
    }
    try:
        # What the app prints is not part of the report, and what it logs is not either.
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise TargetError(f"--python: expected an interpreter, but {python}: {error.strerror}") from None
    try:
        return child.communicate(order)[1]
    except KeyboardInterrupt:
        # The child has had the Ctrl-C too, and is about to hand over what it found.
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.communicate(timeout=20)[1]
        raise
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()


def child(result: str) -> None:
    """What runs over there: an order as JSON on standard input, what came of it as JSON in a file."""
    data = _done(Order(**json.load(sys.stdin)))
    with open(f"{result}.part", "w", encoding="utf-8") as file:
        json.dump(data, file)
    os.replace(f"{result}.part", result)


def _done(order: Order) -> dict[str, Any]:
    try:
        with silence():
            done = run_here(order)
    except TargetError as error:
        return {"error": str(error)}
    campaign = done.campaign
    return {
        "versions": done.versions,
        "file": done.file,
        "campaign": {
            **{kind: [found.to_json(order.name) for found in getattr(campaign, kind)] for kind in _KINDS},
            "exercised": [id for id, rule in CATALOGUE.items() if rule.bit & campaign.exercised],
            "examples": campaign.examples,
            "seconds": campaign.seconds,
            "interrupted": campaign.interrupted,
            "left_out": campaign.left_out,
        },
    }


_KINDS = ("findings", "flaky", "notes")


def _campaign(data: dict[str, Any]) -> Campaign:
    made = Campaign()
    for kind in _KINDS:
        setattr(made, kind, [Found.from_json(one) for one in data.pop(kind)])
    for id in data.pop("exercised"):
        made.exercised |= CATALOGUE[id].bit
    for name, value in data.items():
        setattr(made, name, value)
    return made
