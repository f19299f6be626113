"""Mutation is total, legal, leaves its arguments alone and depends on the seed alone."""

from __future__ import annotations

import random

from asgisim.fuzz.mutate import MAX_EXCHANGES, mutate
from asgisim.scenario import Scenario
from asgisim.space import Route, scenario
from asgisim.space.repair import MAX_STEPS
from tests.space.test_scenarios import check_scope

PROTOCOLS = ("http", "websocket", "lifespan")


def chain(seed: int, length: int) -> list[Scenario]:
    rnd = random.Random(seed)

    def choose(n: int) -> int:
        return int(rnd.random() * n)

    pool = [scenario(choose, protocols=PROTOCOLS, routes=(Route("POST", "/x"),)) for _ in range(5)]
    for _ in range(length):
        before = [one.to_json() for one in pool[-5:]]
        pool.append(mutate(rnd, rnd.choice(pool[-5:]), rnd.choice(pool[-5:])))
        assert before == [one.to_json() for one in pool[-6:-1]]
    return pool


def test_long_chains_stay_legal() -> None:
    for seed in range(20):
        for one in chain(seed, 100)[5:]:
            assert 1 <= len(one.exchanges) <= MAX_EXCHANGES
            assert Scenario.from_json(one.to_json()) == one
            for exchange in one.exchanges:
                check_scope(exchange.scope)
                assert len(exchange.script) <= MAX_STEPS
                if exchange.protocol == "websocket":
                    assert exchange.script[0].arg["type"] == "websocket.connect"


def test_the_seed_decides() -> None:
    assert [one.to_json() for one in chain(3, 50)] == [one.to_json() for one in chain(3, 50)]
    assert [one.to_json() for one in chain(3, 50)] != [one.to_json() for one in chain(4, 50)]
