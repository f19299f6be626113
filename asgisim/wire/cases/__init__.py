"""Curated wire scenarios: each shows some rules at work, on any server, and each rule is shown by one."""

from __future__ import annotations

from typing import Any

from asgisim.wire.cases import at_once, http, http2, lifespan, malformed, served, slow, websocket
from asgisim.wire.cases.parts import Steps

CASES: dict[str, Steps] = {**http.CASES, **malformed.CASES, **websocket.CASES, **at_once.CASES}
STREAMS: dict[str, Steps] = http2.CASES  # for HTTP/2 alone
LIFESPANS: dict[str, Steps] = lifespan.CASES
SERVED: dict[str, tuple[str, dict[str, Any], Steps]] = served.CASES  # for servers that are started otherwise
SLOW: dict[str, Steps] = slow.CASES  # for campaigns that have the time
