"""Seed files run again, and what came of it compared with what they expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from asgisim import target
from asgisim.drive.sim import Simulator
from asgisim.judge import Finding, Report, judge
from asgisim.report.model import Item, Run, Target
from asgisim.scenario import Scenario
from asgisim.seeds import Known, Seed, SeedError
from asgisim.spec.editions import Edition
from asgisim.trace import Trace


@dataclass(slots=True)
class Result:
    """What came of one seed.

    new: breaks that nobody expects. known: breaks that are expected. gone: those that are expected, for
    the versions installed, and did not happen.
    """

    path: str
    app: str
    scenario: Scenario
    trace: Trace
    report: Report
    new: list[Finding]
    known: list[Finding]
    gone: list[Known]

    def protocol(self, finding: Finding) -> str:
        """Of the exchange in which a finding is."""
        return self.scenario.exchanges[finding.exchange].protocol


def run(
    files: Sequence[tuple[str, Seed]],
    app: str | None = None,
    factory: bool = False,
    loop: str = "asyncio",
    edition: Edition | None = None,
) -> list[Result]:
    """Run seeds, each in a simulator of its own. Raises SeedError for one without a target, TargetError."""
    loaded: dict[str, target.Loaded] = {}
    results: list[Result] = []
    for path, seed in files:
        name = app or seed.target
        if name is None:
            raise SeedError(f"{path}: names no target; say which app with --app module:attribute")
        if name not in loaded:
            loaded[name] = target.load(name, factory)
        simulator = Simulator(loaded[name].app, loop=loop)
        try:
            trace = simulator.run(seed.scenario)
        finally:
            simulator.close()
        results.append(compare(path, name, seed, trace, judge(trace, edition), target.versions()))
    return results


def compare(
    path: str, app: str, seed: Seed, trace: Trace, report: Report, installed: Mapping[str, str]
) -> Result:
    """Sort the findings of a run into new and known ones, and tell the known ones that are missing."""
    expected = [known for known in seed.expected if known.applies(installed)]
    pairs = {(known.rule, known.party) for known in expected}
    new: list[Finding] = []
    known: list[Finding] = []
    for finding in report.findings:
        (known if (finding.rule.id, finding.party.value) in pairs else new).append(finding)
    seen = {(finding.rule.id, finding.party.value) for finding in known}
    gone = [one for one in expected if (one.rule, one.party) not in seen]
    return Result(path, app, seed.scenario, trace, report, new, known, gone)


def summary(results: Sequence[Result], items: list[Item], app: str, loop: str, binding: set[str]) -> Run:
    """All results as one run, for the reports. binding: the rules to give verdicts on."""
    broken = {item.rule.id for item in items}
    held = {rule for result in results for rule in result.report.held if rule in binding} - broken
    return Run(
        "replay",
        Target(app, None, loop, target.versions()),
        examples=len(results),
        findings=sorted(items, key=Item.order),
        held=sorted(held),
        broken=sorted(broken),
        not_exercised=sorted(binding - held - broken),
    )
