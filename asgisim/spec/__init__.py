"""What ASGI demands, as tables and rules. Pure: standard library only, no clock, no chance, no I/O."""

from __future__ import annotations

from asgisim.spec import robust as robust
from asgisim.spec.rules import CATALOGUE as CATALOGUE
from asgisim.spec.view import Protocol

PROTOCOLS: dict[str, Protocol] = {}
