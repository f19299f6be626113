"""What a user's own file may look like: every public name, as a type checker sees it.

Not imported: tests/test_wheel.py has mypy --strict and pyright look at it, against the installed wheel.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from hypothesis import given

import asgisim
from asgisim import strategies as asgi


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@given(asgi.http_scenarios(path="/upload"))
def test_upload(scenario: asgisim.Scenario) -> None:
    asgisim.judge(asgisim.simulate(app, scenario)).raise_for_findings()


@given(asgi.application_scripts(), asgi.breaking("http.response.start.once"))
def test_more(script: object, breaking: object) -> None:
    assert script
    assert breaking


async def in_a_loop(scenario: asgisim.Scenario) -> list[str]:
    trace: asgisim.Trace = await asgisim.asimulate(app, scenario)
    report: asgisim.Report = asgisim.judge(trace, edition=None)
    findings: list[asgisim.Finding] = report.findings
    return [*report.held, *report.not_exercised, *(one.rule.id for one in findings)]


def campaign() -> int:
    found: asgisim.Campaign = asgisim.fuzz(app, max_examples=10, paths=["/"])
    return len(found.findings)


def watched() -> None:
    def tell(finding: asgisim.Finding, trace: asgisim.Trace) -> None:
        print(finding.rule.id, len(trace))

    asgisim.Lint(app, on_finding="collect")
    asgisim.Lint(app, on_finding=tell)


async def client() -> int:
    async with asgisim.Client(app) as one:
        response = await one.get("/")
    return response.status_code


def server() -> str:
    with asgisim.serve(app, server="uvicorn") as running:
        running.stop()
        return f"{running.url} {running.port + 1}"


def strategies() -> None:
    scopes = [asgi.http_scopes(), asgi.websocket_scopes(), asgi.lifespan_scopes()]
    scenarios = [asgi.http_scenarios(), asgi.websocket_scenarios(), asgi.lifespan_scenarios()]
    print(scopes, scenarios)


def by_hand() -> asgisim.Scenario:
    act = asgisim.Act("recv", 0, "event", {"type": "http.request"})
    return asgisim.Scenario([asgisim.Exchange({"type": "http"}, [act], asgisim.Options())])
