"""The puppet with one of the thirty-two faults around it: the app that uvicorn is given.

The environment variable FAULT holds the fault's number.
"""

from __future__ import annotations

import os

from asgisim.drive import puppet
from tests.mutants.servers.compat import FAULTS, LEGAL

NUMBER = os.environ.get("ASGISIM_FAULT", "")
app = [*FAULTS, *LEGAL][int(NUMBER)].layer(puppet.app) if NUMBER else puppet.app
