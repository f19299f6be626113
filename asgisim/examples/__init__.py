"""For each rule that a trace can show: one trace that keeps it, and one that breaks it and nothing else."""

from __future__ import annotations

from asgisim.examples import common as common
from asgisim.examples import denial as denial
from asgisim.examples import extensions as extensions
from asgisim.examples import http as http
from asgisim.examples import lifespan as lifespan
from asgisim.examples import tls as tls
from asgisim.examples import websocket as websocket
from asgisim.examples.build import EXAMPLES as EXAMPLES
from asgisim.examples.build import Example as Example
