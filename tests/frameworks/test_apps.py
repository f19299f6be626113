"""Every app keeps the contract, endpoint by endpoint, driven by hand-written events."""

from __future__ import annotations

import asyncio
import importlib
import warnings
from typing import Any

import pytest

from asgisim.frameworks import contract
from asgisim.frameworks.apps import APPS, App
from asgisim.frameworks.contract import ENDPOINTS, Answer, Endpoint, Session, Talk, mismatches
from tests.frameworks.direct import ask, started, talk

Wrong = dict[str, list[str]]


async def run(app: Any, endpoint: Endpoint, state: dict[str, Any]) -> Wrong:
    """Case (name#n) to its mismatches."""
    wrong: Wrong = {}
    for n, (asks, promise) in enumerate(endpoint.cases, 1):
        try:
            if isinstance(asks, Session):
                assert isinstance(promise, Talk)
                open_for = len(promise.hears or "x") if promise.ends == "open" else -1
                hear = 3 if promise.ends == "endless" else open_for
                found = mismatches(promise, await talk(app, endpoint, asks, state, hear))
            else:
                assert isinstance(promise, Answer)
                leave = 3 if promise.ends == "endless" else None
                found = mismatches(promise, await ask(app, endpoint, asks, state, leave))
        except AssertionError as error:
            found = [str(error)]
        wrong[f"{endpoint.name}#{n}"] = found
    return wrong


async def run_all(app: Any) -> Wrong:
    """Every case in one lifespan, as under a server: an app object is started once."""
    wrong: Wrong = {}
    async with started(app) as state:
        for endpoint in ENDPOINTS:
            wrong |= await run(app, endpoint, state)
    return wrong


@pytest.fixture(scope="module", params=APPS, ids=lambda app: app.name)
def bed(request: pytest.FixtureRequest) -> tuple[App, Wrong]:
    app: App = request.param
    if missing := app.missing():
        pytest.skip(f"{app.title}: not installed: {', '.join(missing)}")
    with warnings.catch_warnings():
        warnings.simplefilter("default")  # a framework's own warnings are not what is tested here
        return app, asyncio.run(run_all(app.load()))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_app_keeps_the_contract(bed: tuple[App, Wrong], endpoint: Endpoint) -> None:
    app, wrong = bed
    for n in range(1, len(endpoint.cases) + 1):
        case = f"{endpoint.name}#{n}"
        reason = app.cannot.get(case) or app.cannot.get(endpoint.name)
        assert bool(wrong[case]) == bool(reason), f"{case}: {wrong[case] or 'kept after all'}; {reason}"


def test_app_records_its_lifespan_and_its_background_work(bed: tuple[App, Wrong]) -> None:
    record = importlib.import_module(bed[0].module).record
    assert record.startup_called
    assert record.shutdown_called
    assert record.background == 1


def test_what_an_app_cannot_do_is_in_the_contract() -> None:
    names = {endpoint.name for endpoint in ENDPOINTS}
    for app in APPS:
        assert {name.split("#")[0] for name in app.cannot} <= names


def test_served_file_is_what_the_contract_says() -> None:
    assert contract.FILE_PATH.read_bytes() == contract.FILE
