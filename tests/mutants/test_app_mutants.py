"""Each mutant of the reference app is caught by the rule it breaks, and by no other."""

from __future__ import annotations

import math

import pytest

from asgisim.fuzz.campaign import fuzz
from asgisim.fuzz.settings import Settings
from asgisim.reference.app import PATHS
from asgisim.reference.app import app as reference
from asgisim.space import Route
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import By, Party
from tests.mutants.app_mutants import MUTANTS
from tests.mutants.twists import Mutant

# Rules that no single app in process can break, each with its reason.
BEYOND = {
    "robust.thread-stuck": "takes seconds of real time a run; tests/drive/sim shows it",
}

# Rules that the first three hundred scenarios do not break.
LATE = {"robust.flood": 900}


def caught(mutant: Mutant, examples: int, drawn: int) -> set[str]:
    settings = Settings(
        routes=[Route(mutant.method, mutant.route, mutant.protocol)],
        protocols=(mutant.protocol,) if mutant.protocol != "lifespan" else ("lifespan",),
        max_examples=examples,
        max_time=math.inf,  # the examples decide, not the machine's speed
        drawn=drawn,
    )
    found = fuzz(mutant.app(), settings).findings
    return {one.finding.rule.id for one in found if one.caused_by is None}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.rule)
def test_mutant_is_caught_by_its_rule_alone(mutant: Mutant) -> None:
    assert caught(mutant, LATE.get(mutant.rule, 300), drawn=0) == {mutant.rule}


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.rule)
def test_mutant_is_caught_by_its_rule_alone_in_a_longer_search(mutant: Mutant) -> None:
    assert caught(mutant, 3000, drawn=200) == {mutant.rule}


def test_every_rule_for_apps_has_a_mutant() -> None:
    breakable = {
        rule.id
        for rule in CATALOGUE.values()
        if rule.party in (Party.APP, Party.BOTH)
        and not rule.advisory
        # Middlewares have their mutants in tests/middleware, servers in tests/mutants/servers.
        and rule.by not in (By.WIRE, By.BETWEEN)
    }
    assert breakable - {mutant.rule for mutant in MUTANTS} - set(BEYOND) == set()


ROUTES = [
    Route("POST" if protocol == "http" else "GET", path, protocol)
    for protocol, paths in PATHS.items()
    for path in paths
]


def test_reference_app_stays_clean() -> None:
    result = fuzz(reference, Settings(routes=ROUTES, max_examples=10_000, max_time=math.inf))
    assert [found.finding.line() for found in result.findings] == []
    assert result.examples >= 10_000


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("loop", "drawn", "examples"),
    [("asyncio", 0, 1_000_000), ("asyncio", 20_000, 60_000), ("trio", 200, 50_000)],
    ids=["a-million", "hypothesis", "trio"],
)
def test_reference_app_stays_clean_in_the_long_run(loop: str, drawn: int, examples: int) -> None:
    settings = Settings(
        routes=ROUTES, max_examples=examples, max_time=math.inf, seed=1, drawn=drawn, loop=loop
    )
    result = fuzz(reference, settings)
    assert [found.finding.line() for found in (*result.findings, *result.flaky)] == []
    assert result.examples >= examples
