"""Whatever is generated is legal: the judge never blames the server, whatever the app does."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from asgisim.drive.sim import Simulator
from asgisim.fuzz.mutate import mutate
from asgisim.fuzz.sweep import base_scenarios, sweep
from asgisim.judge import judge
from asgisim.model.scenario import Scenario
from asgisim.reference.app import PATHS
from asgisim.reference.app import app as reference
from asgisim.space import Route, scenario
from asgisim.spec.rules import Party

ROUTES = [
    *(Route("GET", path) for path in PATHS["http"]),
    Route("POST", "/"),
    *(Route("GET", path, "websocket") for path in PATHS["websocket"]),
]


def generated(count: int, seed: int) -> Iterator[Scenario]:
    """Fresh scenarios, and mutations of those before."""
    rnd = random.Random(seed)
    pool: list[Scenario] = []
    for number in range(count):
        one = scenario(
            lambda n: int(rnd.random() * n), protocols=("http", "websocket", "lifespan"), routes=ROUTES
        )
        if number > 20 and number % 2:
            one = mutate(rnd, rnd.choice(pool[-50:]), rnd.choice(pool[-50:]))
        pool.append(one)
        yield one


def rude(seed: int) -> Any:
    """An app that sends and receives at random, within its protocol."""
    rnd = random.Random(seed)
    events: dict[str, list[dict[str, Any]]] = {
        "http": [
            {"type": "http.response.start", "status": 200},
            {"type": "http.response.body", "body": b"a", "more_body": True},
            {"type": "http.response.body"},
            {"type": "http.nothing"},
        ],
        "websocket": [
            {"type": "websocket.accept"},
            {"type": "websocket.send", "text": "a"},
            {"type": "websocket.close"},
        ],
    }

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in events:
            await reference(scope, receive, send)
            return
        for _ in range(rnd.randrange(8)):
            if rnd.random() < 0.4:
                await receive()
            else:
                await send(dict(rnd.choice(events[scope["type"]])))
        if rnd.random() < 0.2:
            raise ValueError("rude")

    return app


def blamed(simulator: Simulator, one: Scenario, parties: tuple[Party, ...]) -> None:
    report = judge(simulator.run(one))
    found = [finding.line() for finding in report.findings if finding.party in parties]
    assert found == [], one.to_json()


@pytest.mark.parametrize("app", [reference, rude(1)], ids=["reference", "rude"])
def test_nothing_generated_breaks_a_server_rule(app: Any) -> None:
    simulator = Simulator(app)
    try:
        for one in generated(600, seed=5):
            blamed(simulator, one, (Party.SERVER,))
    finally:
        simulator.close()


def test_nothing_swept_breaks_a_server_rule() -> None:
    simulator = Simulator(reference)
    try:
        for base in base_scenarios([Route("POST", "/"), Route("GET", "/", "websocket")]):
            for one in sweep(simulator.run, base):
                blamed(simulator, one, (Party.SERVER,))
    finally:
        simulator.close()


@pytest.mark.slow
def test_the_reference_app_stays_clean_for_long() -> None:
    simulator = Simulator(reference)
    try:
        for one in generated(50_000, seed=9):
            blamed(simulator, one, (Party.SERVER, Party.APP))
    finally:
        simulator.close()
