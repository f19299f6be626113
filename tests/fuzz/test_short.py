"""The short form: the same each time, spread over the routes, and no route is left out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from asgisim import equal
from asgisim.drive.sim import Simulator
from asgisim.fuzz import short
from asgisim.fuzz.campaign import fuzz
from asgisim.fuzz.settings import Settings
from asgisim.fuzz.sweep import base_scenarios
from asgisim.space import Route
from asgisim.space.respellings import RESPELLINGS

ROUTES = [Route("POST" if number % 2 else "GET", f"/route/{number}") for number in range(40)]


async def likes_json(scope: Any, receive: Any, send: Any) -> None:
    """Answers 415 to any other body."""
    kind = dict(scope["headers"]).get(b"content-type", b"")
    while (await receive()).get("more_body"):
        pass
    status = 200 if scope["method"] == "GET" or kind.startswith(b"application/json") else 415
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def counted(app: Any, calls: Counter[str]) -> Any:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError(scope["type"])
        calls[scope["path"].removesuffix("/")] += 1
        await app(scope, receive, send)

    return wrapped


def check(app: Any, routes: list[Route], budget: int) -> Any:
    return fuzz(app, Settings(routes=routes, protocols=("http",), max_examples=budget, search=False))


def test_the_exchange_that_is_answered_best_stands_for_its_route() -> None:
    bases = [base for base in base_scenarios(ROUTES[:2]) if base.exchanges[0].protocol == "http"]
    with Simulator(likes_json) as simulator:
        mains = short.mains(bases, [simulator.run(base) for base in bases])
    kinds = [dict(base.exchanges[0].scope["headers"]).get(b"content-type") for base in bases]
    assert [kind for kind, main in zip(kinds, mains, strict=True) if main] == [None, b"application/json"]


def test_every_route_gets_its_share_of_the_budget() -> None:
    calls: Counter[str] = Counter()
    result = check(counted(likes_json, calls), ROUTES, 4000)
    assert 4000 <= result.examples < 4500
    shares = [calls[route.path] for route in ROUTES]
    assert min(shares) > 60
    assert max(shares) < 3 * min(shares)


def test_the_same_twice() -> None:
    seen = []
    for _ in range(2):
        calls: Counter[str] = Counter()
        result = check(counted(likes_json, calls), ROUTES[:8], 600)
        seen.append((calls, result.examples, result.exercised, sorted(result.cells)))
    assert seen[0] == seen[1]


@pytest.mark.parametrize(("exchanges", "budget", "parts"), [(1, 5000, 1), (40, 5000, 1), (200, 5000, 5)])
def test_comparisons_are_shared_out_where_there_are_many_routes(
    exchanges: int, budget: int, parts: int
) -> None:
    assert short.slices(exchanges, budget) == parts


def test_the_parts_of_the_comparisons_are_all_of_them() -> None:
    base = base_scenarios(ROUTES[1:2])[1]
    with Simulator(likes_json) as simulator:
        whole = [one.rule.id for one in equal.compare(simulator.run, base)]
        rows = RESPELLINGS["http"]
        parts = [one.rule.id for at in range(3) for one in equal.compare(simulator.run, base, rows[at::3])]
    assert sorted([*whole, "equal.repeat", "equal.repeat"]) == sorted(parts)
