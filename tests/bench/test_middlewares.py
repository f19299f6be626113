"""Every stack is answered through all of its middlewares; a stack that lies is found out."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from asgisim.bench import middlewares, stacks
from asgisim.bench.measuring import Row, measure
from asgisim.bench.middlewares import Driven
from asgisim.bench.stacks import STACKS, Stack


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.name)
@pytest.mark.parametrize("count", [0, 3])
def test_every_stack_is_passed_through(stack: Stack, count: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a framework's own are not what is tested here
        if not stacks.installed(stack):
            pytest.skip(f"{stack.framework} is not installed")
        driven = Driven(stack.make(count), count)
        try:
            driven.run(2)
        finally:
            driven.close()


def test_a_middleware_that_is_not_passed_is_noticed() -> None:
    driven = Driven(stacks.around(STACKS[0].make(0), 2), 3)
    with pytest.raises(AssertionError, match="4 middlewares were passed, not 6"):
        driven.run(2)
    driven.close()


def test_an_app_that_answers_wrongly_is_noticed() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError("no lifespan")
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b"pong"})

    driven = Driven(app, 0)
    with pytest.raises(AssertionError, match="did not answer"):
        driven.run(1)
    driven.close()


def test_the_cost_of_one_more() -> None:
    rows = [
        Row(
            f"bare, asgi, {count}",
            cpu=[cost] * 6,
            labels={"framework": "bare", "style": "asgi", "count": count},
        )
        for count, cost in ((0, 4.0), (5, 9.0), (10, 24.0))
    ]
    told = middlewares.per_middleware(rows, STACKS[0])
    assert told is not None
    assert told.middle == 2.0
    assert middlewares.per_middleware(rows[1:], STACKS[0]) is None


def test_a_short_run_behind_a_server() -> None:
    pytest.importorskip("uvicorn")
    cases, _ = middlewares.cases(["bare"], [0, 2], "uvicorn-h11-wsproto")
    rows = measure(cases, rounds=2, share=0.05)
    assert [(row.labels["count"], row.floor) for row in rows] == [(0, ""), (2, "bare, asgi, 0")]
    for row in rows:
        assert all(cost > 0 for cost in row.cpu)
        assert all(0 < three[0] <= three[1] <= three[2] for three in row.latency)


def test_names_for_servers() -> None:
    assert isinstance(stacks.bare__asgi__2, stacks.Pass)
    for name in ("nothing", "bare__native__1", "bare__asgi__x"):
        with pytest.raises(AttributeError):
            getattr(stacks, name)
