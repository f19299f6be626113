"""All mutants of the reference server."""

from __future__ import annotations

from tests.mutants.servers import events, lifespans, requests, responses, scopes, sending, websockets
from tests.mutants.servers.parts import Fault

FAULTS: list[Fault] = [
    *(*scopes.FAULTS, *events.FAULTS, *requests.FAULTS, *responses.FAULTS, *sending.FAULTS),
    *(*websockets.FAULTS, *lifespans.FAULTS),
]
