"""Mutation is total, legal, leaves its arguments alone and depends on the seed alone."""

from __future__ import annotations

import random
from collections.abc import Callable

from asgisim.fuzz.mutate import MAX_EXCHANGES, fork, mutate, own_scope
from asgisim.model.scenario import Act, Exchange, Scenario
from asgisim.space import Route, scenario, scopes
from asgisim.space.repair import MAX_STEPS
from tests.space.test_scenarios import check_scope

PLAIN: dict[str, Callable[[], scopes.Scope]] = {
    "http": scopes.http,
    "websocket": scopes.websocket,
    "lifespan": scopes.lifespan,
}
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


def test_edits_never_reach_into_what_a_fork_shares() -> None:
    for kind, edits in scopes.EDITS.items():
        for edit in (*edits, *(scopes.HEADER_EDITS if kind != "lifespan" else ())):
            before = PLAIN[kind]()
            shared = {key: value for key, value in before.items() if isinstance(value, dict | list)}
            shown = repr(shared)
            edit.apply(dict(before))
            assert repr(shared) == shown, edit.name


def test_a_fork_leaves_the_original_alone() -> None:
    original = Exchange(scopes.http(), [Act("recv", 0, "event", {"type": "http.request"})])
    changed = fork(original)
    own_scope(changed)["path"] = "/other"
    changed.script.append(Act("idle", 1, "disconnect"))
    changed.options.passes = 3
    assert (original.scope["path"], len(original.script), original.options.passes) == ("/", 1, 0)
