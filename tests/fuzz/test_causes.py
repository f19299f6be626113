"""Failures that look the same and have two causes are two findings."""

from __future__ import annotations

import json
from typing import Any

from asgisim.fuzz.campaign import fuzz
from asgisim.fuzz.settings import Settings
from asgisim.space import Route

ROUTES = [Route("POST", "/", "http")]


async def answer(send: Any, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def http_only(scope: Any) -> None:
    if scope["type"] != "http":
        raise ValueError(scope["type"])


async def careless(scope: Any, receive: Any, send: Any) -> None:
    """Needs the body key, and takes every body for UTF-8. Whatever goes wrong is answered with 500."""
    http_only(scope)
    try:
        event = await receive()
        while event["type"] == "http.request":
            event["body"].decode()
            if not event.get("more_body"):
                break
            event = await receive()
    except Exception:
        await answer(send, 500)
    else:
        await answer(send, 200)


async def needs_the_key(scope: Any, receive: Any, send: Any) -> None:
    http_only(scope)
    event = await receive()
    await answer(send, 200 if "body" in event or event["type"] == "http.disconnect" else 500)


def told(app: Any) -> dict[str, Any]:
    result = fuzz(app, Settings(ROUTES, ("http",), max_examples=1500, drawn=0))
    assert not result.flaky
    rules = [one.finding.rule.id for one in result.findings]
    assert len(rules) == len(set(rules))
    return {one.finding.rule.id: one.scenario.exchanges[-1] for one in result.findings}


def test_a_500_for_want_of_a_key_hides_no_other_500() -> None:
    found = told(careless)
    assert found.keys() == {"http.request.body.default", "robust.server-error"}
    script = found["robust.server-error"].script
    assert all("body" in act.arg for act in script if act.act == "event"), json.dumps(script, default=repr)
    assert any(not (act.arg or {}).get("body", b"").isascii() for act in script)


def test_one_cause_is_one_finding() -> None:
    assert told(needs_the_key).keys() == {"http.request.body.default"}
