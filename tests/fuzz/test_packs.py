"""An app whose startup takes long: exchanges share one, and what breaks is still told for itself."""

from __future__ import annotations

from typing import Any

import pytest

from asgisim.fuzz import campaign
from asgisim.fuzz.campaign import Settings, fuzz

STARTS = 0


async def app(scope: Any, receive: Any, send: Any) -> None:
    global STARTS
    if scope["type"] == "lifespan":
        STARTS += 1
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["type"] != "http":
        raise ValueError("only http")
    while (await receive()).get("more_body"):
        pass
    text = scope["query_string"].decode("ascii")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": text.encode()})


def told() -> tuple[set[str], int]:
    global STARTS
    STARTS = 0
    result = fuzz(app, Settings(protocols=("http",), max_examples=600, search=False))
    return {found.finding.rule.id for found in result.findings}, STARTS


def test_packs_find_the_same_with_fewer_startups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "SLOW_START", 1000.0)
    plain, starts = told()
    assert "robust.crash" in plain
    monkeypatch.setattr(campaign, "SLOW_START", -1.0)
    packed, fewer = told()
    assert packed == plain
    assert fewer < starts * 0.8
