"""Hypothesis strategies for ASGI scopes, scenarios and applications, imported as ``asgisim.strategies``.

Each is one flat draw of bytes, decoded by `asgisim.space`: the campaign and Hypothesis generate the
same things, and an example costs little more than the bytes.
"""

from __future__ import annotations

if __name__ != "asgisim.strategies":  # imported by folder: there would be two of every class
    raise ImportError("import asgisim.strategies, not strategies")

from asgisim.strategies.application import application_scripts
from asgisim.strategies.breaking import breakable, breaking
from asgisim.strategies.scenarios import http_scenarios, lifespan_scenarios, scenarios, websocket_scenarios
from asgisim.strategies.scopes import http_scopes, lifespan_scopes, websocket_scopes

__all__ = [
    "application_scripts",
    "breakable",
    "breaking",
    "http_scenarios",
    "http_scopes",
    "lifespan_scenarios",
    "lifespan_scopes",
    "scenarios",
    "websocket_scenarios",
    "websocket_scopes",
]
