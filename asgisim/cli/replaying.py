"""Seed files run again, and what came of it compared with what they expect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from asgisim import equal, target
from asgisim.cli import keeping
from asgisim.cli.reporting import item_of
from asgisim.drive.sim import Simulator
from asgisim.fuzz.explain import SYMPTOMS, explain
from asgisim.fuzz.findings import Found, key_of
from asgisim.judge import Finding, Report, judge
from asgisim.model.scenario import Scenario
from asgisim.model.seeds import Known, Seed, SeedError
from asgisim.model.trace import Trace
from asgisim.report.model import Item, Run, Target
from asgisim.spec import CATALOGUE
from asgisim.spec.editions import Edition
from asgisim.spec.rules import By, Party


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
    wsgi: bool = False,
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
            loaded[name] = target.load(name, factory, wsgi, told="" if app else path)
        trace, report = once(_runner(loaded[name], loop), seed, edition)
        results.append(compare(path, name, seed, trace, report, target.versions()))
    return results


def _runner(loaded: target.Loaded, loop: str) -> Callable[[Scenario], Trace]:
    """Runs, each in a simulator of its own, and with a fresh app where the framework starts one once only."""

    def run(scenario: Scenario) -> Trace:
        fresh = loaded.reload() if loaded.once and loaded.reload is not None else loaded.app
        simulator = Simulator(fresh, loop=loop)
        try:
            return simulator.run(scenario)
        finally:
            simulator.close()

    return run


def once(run: Callable[[Scenario], Trace], seed: Seed, edition: Edition | None) -> tuple[Trace, Report]:
    """Run a seed's scenario and judge it; for a rule of equal treatment, in both spellings.

    As in a campaign, a crash that a demand explains is told as a break of that demand, and once.
    """
    trace = run(seed.scenario)
    report = judge(trace, edition)
    unequal: list[Finding] = []
    if seed.rule is not None and CATALOGUE[seed.rule].by is By.EQUAL:
        for found in equal.again(run, seed.scenario, seed.rule):
            index = len(seed.scenario.exchanges) - 1
            at = len(trace) - 1
            report.exercised |= found.rule.bit
            # Only what is told of the very spelling that the seed holds can be shown with its trace.
            unequal += [Finding(found.rule, Party.APP, words, index, at) for words in found.details[:1]]
    expected = {known.rule for known in seed.expected}
    told: list[Finding] = []
    for finding in report.findings:
        if finding.rule.id in SYMPTOMS and finding.rule.id not in expected:
            if unequal:
                continue  # how the unequal treatment shows
            rule = explain(seed.scenario, finding.exchange, _still(run, seed.scenario, finding, edition))
            if rule is not None:
                finding = replace(finding, rule=rule)
                if any((one.rule, one.exchange) == (rule, finding.exchange) for one in told):
                    continue
        told.append(finding)
    report.findings = told + unequal
    return trace, report


def _still(
    run: Callable[[Scenario], Trace], scenario: Scenario, finding: Finding, edition: Edition | None
) -> Callable[[Scenario], bool]:
    """Whether another scenario fails in the same way."""
    key = key_of(finding, scenario.exchanges[finding.exchange].protocol)

    def still(candidate: Scenario) -> bool:
        return any(
            key_of(one, candidate.exchanges[one.exchange].protocol) == key
            for one in judge(run(candidate), edition).findings
        )

    return still


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


def items_of(result: Result) -> list[Item]:
    """The breaks that nobody expects, as the reports take them."""
    return [
        replace(
            item_of(
                Found(one, result.protocol(one), result.scenario, result.trace, caused_by=one.caused_by),
                result.app,
                keeping.again(result.path),
            ),
            seed_file=result.path,
        )
        for one in result.new
    ]


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
