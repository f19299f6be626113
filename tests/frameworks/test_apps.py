"""Every app keeps the contract, endpoint by endpoint, driven by hand-written events."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any

import pytest

from asgisim.frameworks import contract
from asgisim.frameworks.apps import APPS, App
from asgisim.frameworks.contract import ENDPOINTS, Answer, Endpoint, Session, Talk, mismatches
from tests.frameworks.direct import ask, started, talk


@pytest.fixture(scope="module", params=APPS, ids=lambda app: app.name)
def bed(request: pytest.FixtureRequest) -> App:
    app: App = request.param
    if missing := app.missing():
        pytest.skip(f"{app.title}: not installed: {', '.join(missing)}")
    return app


async def run(app: Any, endpoint: Endpoint) -> list[str]:
    wrong = []
    async with started(app) as state:
        for asks, promise in endpoint.cases:
            if isinstance(asks, Session):
                assert isinstance(promise, Talk)
                expected = len(promise.hears or ()) or (1 if promise.ends == "open" else 0)
                hear = 3 if promise.ends == "endless" else expected if promise.ends == "open" else -1
                wrong += mismatches(promise, await talk(app, endpoint, asks, state, hear))
            else:
                assert isinstance(promise, Answer)
                leave = 3 if promise.ends == "endless" else None
                wrong += mismatches(promise, await ask(app, endpoint, asks, state, leave))
    return wrong


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_app_keeps_the_contract(bed: App, endpoint: Endpoint) -> None:
    app = bed.load()
    record = importlib.import_module(bed.module).record
    record.counter = record.background = 0
    wrong = asyncio.run(run(app, endpoint))
    if endpoint.name in bed.cannot:
        assert wrong, f"{bed.title} can do {endpoint.name} after all: take it out of its table"
        pytest.skip(f"{bed.title}: {bed.cannot[endpoint.name]}")
    assert wrong == []
    if endpoint.name == "background":
        assert record.background == 1
    assert record.shutdown_called


def test_what_an_app_cannot_do_is_in_the_contract() -> None:
    names = {endpoint.name for endpoint in ENDPOINTS}
    for app in APPS:
        assert set(app.cannot) <= names


def test_served_file_is_what_the_contract_says() -> None:
    assert contract.FILE_PATH.read_bytes() == contract.FILE
