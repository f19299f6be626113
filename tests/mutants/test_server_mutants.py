"""Each mutant of the reference server is noticed by the rule it breaks, and by no other."""

from __future__ import annotations

from functools import cache

import pytest

from asgisim.fuzz.campaign import Settings
from asgisim.reference.server import Server
from asgisim.servers import SERVERS
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import By, Party
from asgisim.wire.campaign import Target, fuzz_wire
from asgisim.wire.judge import TOLD
from asgisim.wire.space import curated
from tests.mutants.servers.every import FAULTS
from tests.mutants.servers.parts import Fault
from tests.mutants.servers.shown import told
from tests.mutants.servers.thread import ThreadTarget

EVERY = ("http", "websocket", "lifespan")
# Rules for servers that no mutant can break, each with the reason.
HTTP2 = "the reference server speaks HTTP/1.1 alone; tests/drive/wire/test_streams.py looks at servers that have it"
BEYOND = {
    "lifespan.exception.no-more-events": "an app that has raised receives nothing, whatever the server gives",
    "ext.push.attempted": HTTP2,
    "ext.push.authority": HTTP2,
    "ext.push.listed": HTTP2,
    "ext.push.new-instance": HTTP2,
    "http.scope.h2-separate": HTTP2,
    "http.scope.h2-streams-matched": HTTP2,
    "http.scope.headers.authority-to-host": HTTP2,
    "wire.h2.lowercase": HTTP2,
    "wire.h2.no-connection-headers": HTTP2,
    "ext.tls.server-cert.truth": "wants a server behind TLS; tests/drive/wire/test_secure.py has what breaks it",
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


def test_every_rule_for_servers_has_a_mutant() -> None:
    looked_at = {
        rule.id
        for rule in CATALOGUE.values()
        if rule.party is not Party.APP and (rule.id in TOLD or rule.by in (By.FIELD, By.CELL))
    }
    assert looked_at - {fault.rule for fault in FAULTS} - set(BEYOND) == set()


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
