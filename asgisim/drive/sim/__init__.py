"""The simulated server, in process: a deterministic peer for one app, in virtual time.

Simulator runs scenarios, simulate and asimulate run one. The driver never judges; it writes a trace.
"""

from asgisim.drive.sim.kept import Spoilt
from asgisim.drive.sim.limits import Limits
from asgisim.drive.sim.peer import ClientGone
from asgisim.drive.sim.run import Simulator, asimulate, simulate

__all__ = ["ClientGone", "Limits", "Simulator", "Spoilt", "asimulate", "simulate"]
