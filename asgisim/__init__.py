"""asgisim: the reference ASGI protocol simulator and fuzzer.

The public names, nothing else, and each is loaded when it is asked for: importing this costs next to nothing.
The strategies are in ``asgisim.strategies``.
"""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from asgisim.api import fuzz as fuzz
    from asgisim.client import Client as Client
    from asgisim.client.sync import SyncClient as SyncClient
    from asgisim.drive.sim import asimulate as asimulate
    from asgisim.drive.sim import simulate as simulate
    from asgisim.fuzz.findings import Campaign as Campaign
    from asgisim.judge import BrokenRules as BrokenRules
    from asgisim.judge import Finding as Finding
    from asgisim.judge import Report as Report
    from asgisim.judge import judge as judge
    from asgisim.lint import Lint as Lint
    from asgisim.model.scenario import Act as Act
    from asgisim.model.scenario import Exchange as Exchange
    from asgisim.model.scenario import Options as Options
    from asgisim.model.scenario import Scenario as Scenario
    from asgisim.model.trace import Step as Step
    from asgisim.model.trace import Trace as Trace
    from asgisim.serving import serve as serve
    from asgisim.space import Route as Route
    from asgisim.wsgi import from_wsgi as from_wsgi

# Name: the module that has it, and the extra that it needs.
_PLACES = {
    "fuzz": ("asgisim.api", ""),
    "asimulate": ("asgisim.drive.sim", ""),
    "simulate": ("asgisim.drive.sim", ""),
    "Campaign": ("asgisim.fuzz.findings", ""),
    "BrokenRules": ("asgisim.judge", ""),
    "Finding": ("asgisim.judge", ""),
    "Report": ("asgisim.judge", ""),
    "judge": ("asgisim.judge", ""),
    "Lint": ("asgisim.lint", ""),
    "Act": ("asgisim.model.scenario", ""),
    "Exchange": ("asgisim.model.scenario", ""),
    "Options": ("asgisim.model.scenario", ""),
    "Scenario": ("asgisim.model.scenario", ""),
    "Route": ("asgisim.space", ""),
    "Step": ("asgisim.model.trace", ""),
    "Trace": ("asgisim.model.trace", ""),
    "Client": ("asgisim.client", "client"),
    "SyncClient": ("asgisim.client.sync", "client"),
    "serve": ("asgisim.serving", "servers"),
    "from_wsgi": ("asgisim.wsgi", ""),
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, extra = _PLACES[name]
    try:
        value: object = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if error.name not in ("httpx", "anyio", "h11"):
            raise
        raise ImportError(
            f"asgisim.{name} needs {error.name}; pip install 'asgisim[{extra}]' brings it"
        ) from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})


class _Door(ModuleType):
    """`asgisim.fuzz` and `asgisim.judge` are the functions, whoever has imported the rooms of that name."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _PLACES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Door
