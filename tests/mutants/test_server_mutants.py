"""Each mutant of the reference server is noticed by the rule it breaks, and by no other."""

from __future__ import annotations

from functools import cache

import pytest

from asgisim.fuzz.settings import Settings
from asgisim.reference.server import Server
from asgisim.servers import SERVERS
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import By, Party
from asgisim.wire.campaign import fuzz_wire
from asgisim.wire.judge import TOLD
from asgisim.wire.space import curated
from asgisim.wire.target import Target
from tests.mutants.servers import streams
from tests.mutants.servers.every import FAULTS
from tests.mutants.servers.multiplexing import StreamServer
from tests.mutants.servers.parts import Fault
from tests.mutants.servers.shown import STREAMS, told
from tests.mutants.servers.thread import ThreadTarget

EVERY = ("http", "websocket", "lifespan")
# Rules for servers that no mutant can break, each with the reason.
BEYOND = {
    "lifespan.exception.no-more-events": "an app that has raised receives nothing, whatever the server gives",
}


@cache
def of_the_reference(cases: tuple[str, ...]) -> frozenset[str]:
    """What is told of the reference server itself: advice alone."""
    rules = frozenset(told(Server, cases))
    assert all(CATALOGUE[rule].advisory for rule in rules)
    return rules


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_mutant_is_noticed_by_its_rule_alone(fault: Fault) -> None:
    assert set(told(fault.kind, fault.cases)) - of_the_reference(fault.cases) == {fault.rule}


@pytest.mark.parametrize("fault", streams.FAULTS, ids=str)
def test_mutant_over_http2_is_noticed_by_its_rule_alone(fault: Fault) -> None:
    assert set(told(fault.kind, fault.cases, http2=True)) == {fault.rule}


def test_the_server_for_http2_that_is_no_mutant_is_clean() -> None:
    assert told(StreamServer, tuple(STREAMS), http2=True) == {}


@pytest.mark.parametrize("fault", streams.SECURE, ids=str)
def test_mutant_behind_tls_is_noticed_by_its_rule_alone(fault: Fault) -> None:
    assert set(told(fault.kind, fault.cases)) - set(told(streams.SecureServer, fault.cases)) == {fault.rule}


def test_every_rule_for_servers_has_a_mutant() -> None:
    looked_at = {
        rule.id
        for rule in CATALOGUE.values()
        if rule.party is not Party.APP and (rule.id in TOLD or rule.by in (By.FIELD, By.CELL))
    }
    assert (
        looked_at - {fault.rule for fault in (*FAULTS, *streams.FAULTS, *streams.SECURE)} - set(BEYOND)
        == set()
    )


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_mutant_is_noticed_by_a_whole_campaign(fault: Fault) -> None:
    """The ordinary campaign with its curated scenarios, as `asgisim fuzz --server` runs it."""
    settings = Settings(protocols=EVERY, max_examples=len(curated()), max_time=120.0)
    done = fuzz_wire(ThreadTarget(fault.kind), settings)
    found = {one.finding.rule.id for one in (*done.wire_findings, *done.wire_notes)}
    assert fault.rule in found | {one.finding.rule.id for one in done.wire_flaky}


@pytest.mark.slow
def test_the_reference_server_stays_clean_for_a_hundred_thousand_scenarios() -> None:
    """The short form, some hundred scenarios, is in tests/wire/test_campaign.py."""
    settings = Settings(protocols=EVERY, max_examples=100_000, max_time=86_400.0, seed=1)
    done = fuzz_wire(Target(SERVERS["reference"]), settings)
    assert [found.finding.line() for found in (*done.wire_findings, *done.wire_flaky)] == []
    assert done.examples >= 100_000
