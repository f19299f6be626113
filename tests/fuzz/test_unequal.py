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


def test_an_app_that_takes_turns_is_not_told_for_its_spellings() -> None:
    class Turns:
        calls = 0

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                raise ValueError(scope["type"])
            self.calls += 1
            status = 404 if self.calls % 2 else 200
            await send({"type": "http.response.start", "status": status, "headers": []})
            await send({"type": "http.response.body"})

    result = fuzz(Turns(), Settings(max_examples=300, protocols=("http",), drawn=0))
    assert [one.finding.line() for one in (*result.findings, *result.flaky)] == []
