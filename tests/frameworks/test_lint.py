"""Lint left on in front of every framework's app while its contract's cases run: nothing behaves differently.

Each case is driven with and without it by the same hand-written events. What has no time in it must be equal;
what was broken is collected, and changes nothing either.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import warnings
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

from asgisim.frameworks.apps import APPS, App
from asgisim.frameworks.contract import ENDPOINTS, Answer, Endpoint, Request, Session, Talk
from asgisim.lint import Lint
from tests.frameworks.direct import ask, started, talk

WHOLE = [endpoint for endpoint in ENDPOINTS if endpoint.name != "lifespan/counter"]  # which counts its calls
QUICK = [endpoint for endpoint in WHOLE if "delay" not in endpoint.name and "large" not in endpoint.name]
ADDRESS = re.compile(rb" object at 0x[0-9a-f]+")  # Litestar's /info shows one
RANDOM = (b"date", b"set-cookie")  # headers that differ from call to call


async def seen(app: Any, endpoint: Endpoint, asks: Any, promise: Any, state: dict[str, Any]) -> Any:
    """What the client of one case gets to see."""
    try:
        if isinstance(asks, Session):
            assert isinstance(promise, Talk)
            hear = (
                3
                if promise.ends == "endless"
                else len(promise.hears or "x")
                if promise.ends == "open"
                else -1
            )
            return await talk(app, endpoint, asks, state, hear)
        assert isinstance(asks, Request)
        assert isinstance(promise, Answer)
        answer = await ask(app, endpoint, asks, state, 3 if promise.ends == "endless" else None)
        answer.parts = [ADDRESS.sub(b"", part) for part in answer.parts]
        answer.headers = [pair for pair in answer.headers if pair[0].lower() not in RANDOM]
        return answer
    except AssertionError as error:
        return str(error)


async def differences(app: Any, endpoints: list[Endpoint]) -> tuple[dict[str, tuple[Any, Any]], Lint]:
    lint = Lint(app, "collect")
    found = {}
    async with started(lint) as state:
        for endpoint in endpoints:
            for number, (asks, promise) in enumerate(endpoint.cases, 1):
                without = await seen(app, endpoint, asks, promise, state)
                behind = await seen(lint, endpoint, asks, promise, state)
                if without != behind:
                    found[f"{endpoint.name}#{number}"] = without, behind
    return found, lint


def compare(app: App, endpoints: list[Endpoint]) -> None:
    if missing := app.missing():
        pytest.skip(f"{app.title}: not installed: {', '.join(missing)}")
    # In a process of its own: some apps cannot be started again where another test has started them.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        found, exercised = process.submit(compared, app.name, [one.name for one in endpoints]).result()
    assert found == {}
    assert exercised > 100


def compared(name: str, endpoints: list[str]) -> tuple[dict[str, str], int]:
    """What differs, in words, and how many rules Lint has put to the test."""
    [app] = [one for one in APPS if one.name == name]
    with warnings.catch_warnings():
        warnings.simplefilter("default")  # a framework's own warnings are not what is tested here
        wanted = [one for one in ENDPOINTS if one.name in endpoints]
        found, lint = asyncio.run(differences(app.load(), wanted))
    return {case: repr(pair) for case, pair in found.items()}, lint.exercised.bit_count()


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_no_case_behaves_differently_behind_lint(app: App) -> None:
    hangs = {name.split("#")[0] for name in app.cannot}  # until the driver's limit, some of them
    compare(app, [endpoint for endpoint in QUICK if endpoint.name not in hangs])


@pytest.mark.slow
@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_no_case_at_all_behaves_differently_behind_lint(app: App) -> None:
    compare(app, WHOLE)
