"""Seed files of findings over sockets run again: three times where something is broken, as in campaigns."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from asgisim.cli import keeping, servers
from asgisim.cli.reporting import asked_for
from asgisim.cli.status import UsageError
from asgisim.fuzz.settings import Settings
from asgisim.model.seeds import Known, SeedError
from asgisim.report.model import Item
from asgisim.servers import ServerError
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import Level
from asgisim.target import refuse_pythons_own
from asgisim.wire import campaign
from asgisim.wire.findings import WireFound
from asgisim.wire.seeds import WireSeed
from asgisim.wire.target import Target


@dataclass(slots=True)
class Outcome:
    """Of all files. items: breaks that nobody expects. flaky: those seen, and not each time. gone: lines."""

    items: list[Item] = field(default_factory=list)
    flaky: list[Item] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    known: int = 0
    exercised: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)


def plain() -> argparse.Namespace:
    """The options of a replay that asks for nothing special."""
    return argparse.Namespace(
        server=None, python=None, loop="asyncio", only=None, ignore=None, level=Level.IMPLIED.value
    )


def run(files: Sequence[tuple[str, WireSeed]], options: argparse.Namespace) -> Outcome:
    """Run the seeds, each server started once. Raises SeedError for one without a target, UsageError."""
    outcome = Outcome()
    settings = asked_for(options)
    grouped: dict[tuple[str, str], list[tuple[str, WireSeed]]] = {}
    for path, seed in files:
        name = options.server or seed.target
        if name is None:
            raise SeedError(f"{path}: names no target; say which server with --server NAME")
        if not options.server:
            refuse_pythons_own(name.partition(":")[0], path)
        grouped.setdefault((name, repr(sorted(seed.listens.items()))), []).append((path, seed))
    for (name, _), seeds in grouped.items():
        _, server, loop = servers.found(name, options)
        if name not in outcome.names:
            outcome.names.append(name)
        installed = servers.versions(server, options.python)
        target = servers.played(server, options.python, loop, **seeds[0][1].listens)
        try:
            with target:
                for path, seed in seeds:
                    _one(target, name, path, seed, seed.applying(installed), settings, outcome)
        except ServerError as error:
            raise UsageError(servers.one_line(str(error))) from None
    return outcome


def _one(
    target: Target,
    name: str,
    path: str,
    seed: WireSeed,
    expected: list[Known],
    settings: Settings,
    outcome: Outcome,
) -> None:
    stable, flaky, exercised = campaign.again(target, seed.scenario)
    outcome.exercised |= {id for id, rule in CATALOGUE.items() if rule.bit & exercised}
    pairs = {(known.rule, known.party) for known in expected}
    seen: set[tuple[str, str]] = set()
    for found in (*stable, *flaky):
        rule = found.finding.rule
        pair = (rule.id, found.finding.party.value)
        if pair in pairs:
            outcome.known += pair not in seen
            seen.add(pair)
        elif settings.wants(rule.id, rule.level):
            (outcome.items if found.stable else outcome.flaky).append(_item(found, name, path))
    outcome.gone += [
        f"{path}: {known.rule} is no longer broken"
        for known in expected
        if (known.rule, known.party) not in seen
    ]


def _item(found: WireFound, name: str, path: str) -> Item:
    return replace(servers.item(found, name, keeping.again(path)), seed_file=path)
