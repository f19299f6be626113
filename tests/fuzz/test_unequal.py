"""What unequal treatment looks like in a finding: as little as shows it, marked where it shows."""

from __future__ import annotations

from typing import Any

from asgisim.fuzz.campaign import fuzz
from asgisim.fuzz.settings import Settings


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "http":
        scope["scheme"].lower()
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})
    else:
        raise ValueError(scope["type"])


def test_no_lifespan_is_around_what_shows_without() -> None:
    result = fuzz(app, Settings(max_examples=300, protocols=("http", "lifespan"), search=False))
    [found] = [one for one in result.findings if one.finding.rule.id == "http.scope.scheme.default"]
    assert [one.protocol for one in found.scenario.exchanges] == ["http"]
    marked = found.trace.steps[found.finding.step]
    assert (marked.kind, marked.data["type"]) == ("raise", "KeyError")
