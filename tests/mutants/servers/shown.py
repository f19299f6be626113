"""What the judge tells of a mutant in some curated cases."""

from __future__ import annotations

from asgisim.drive.wire.script import WireScenario
from asgisim.wire import cases, space
from asgisim.wire.judge import is_open, judge_wire
from tests.mutants.servers.parts import Kind
from tests.mutants.servers.thread import ThreadTarget

CASES = {**space.CASES, **cases.CASES, "lifespan": space.LIFESPAN_CASE, **cases.LIFESPANS}
STREAMS = cases.STREAMS


def scenarios(names: tuple[str, ...], http2: bool = False) -> list[WireScenario]:
    """The curated scenarios of these names; http2: of those for streams."""
    if http2:
        return [WireScenario(space.made(STREAMS[name]).steps, http2=True) for name in names]
    return [space.made(CASES[name]) for name in names]


def told(kind: Kind, names: tuple[str, ...], http2: bool = False) -> dict[str, list[str]]:
    """The rules that are told as broken, or as open, each with the lines that tell it."""
    found: dict[str, list[str]] = {}
    with ThreadTarget(kind) as target:
        for one in scenarios(names, http2):
            report = judge_wire(target.run(one))
            for finding in (*report.findings, *report.notes):
                if finding.caused_by is None or is_open(finding):
                    found.setdefault(finding.rule.id, []).append(finding.line())
    return found
