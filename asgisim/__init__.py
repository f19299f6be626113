"""asgisim: the reference ASGI protocol simulator and fuzzer.

The public names, nothing else. Importing this loads neither Hypothesis nor a server nor httpx; the strategies
are in ``asgisim.strategies``.
"""

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

from asgisim.api import fuzz as fuzz
from asgisim.drive.sim import asimulate as asimulate
from asgisim.drive.sim import simulate as simulate
from asgisim.fuzz.findings import Campaign as Campaign
from asgisim.judge import BrokenRules as BrokenRules
from asgisim.judge import Finding as Finding
from asgisim.judge import Report as Report
from asgisim.judge import judge as judge
from asgisim.lint import Lint as Lint
from asgisim.scenario import Act as Act
from asgisim.scenario import Exchange as Exchange
from asgisim.scenario import Options as Options
from asgisim.scenario import Scenario as Scenario
from asgisim.space import Route as Route
from asgisim.trace import Step as Step
from asgisim.trace import Trace as Trace

if TYPE_CHECKING:
    from asgisim.client import Client as Client
    from asgisim.client.sync import SyncClient as SyncClient
    from asgisim.serving import serve as serve
    from asgisim.wsgi import from_wsgi as from_wsgi

# Loaded when they are asked for, most because they need an extra, which the last column names.
_LATER = {
    "Client": ("asgisim.client", "Client", "client"),
    "SyncClient": ("asgisim.client.sync", "SyncClient", "client"),
    "serve": ("asgisim.serving", "serve", "servers"),
    "from_wsgi": ("asgisim.wsgi", "from_wsgi", ""),
}


def __getattr__(name: str) -> object:
    """The names that need more than the standard library."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute, extra = _LATER[name]
    try:
        value: object = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        if error.name not in ("httpx", "anyio", "h11"):
            raise
        raise ImportError(
            f"asgisim.{name} needs {error.name}; pip install 'asgisim[{extra}]' brings it"
        ) from None
    return value
