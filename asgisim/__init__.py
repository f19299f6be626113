"""asgisim: the reference ASGI protocol simulator and fuzzer.

The public names, nothing else. Importing this loads neither Hypothesis nor a server nor httpx; the strategies
are in ``asgisim.strategies``.
"""

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


def __getattr__(name: str) -> object:
    """`Client` is loaded when it is asked for: it needs httpx."""
    if name == "Client":
        try:
            from asgisim.client import Client
        except ModuleNotFoundError as error:
            if error.name not in ("httpx", "anyio", "h11"):
                raise
            raise ImportError(
                f"asgisim.Client needs {error.name}; pip install 'asgisim[client]' brings it"
            ) from None
        return Client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
