"""What breaks, entered once: confirmed by a second run, made small, confirmed again, explained."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from asgisim.fuzz.explain import SYMPTOMS, concerns, explain
from asgisim.fuzz.findings import Campaign, Found, Key, key_of
from asgisim.fuzz.player import Player
from asgisim.fuzz.shrink import shrink
from asgisim.judge import Finding, Report
from asgisim.model.scenario import Scenario
from asgisim.model.trace import Trace
from asgisim.spec.rules import Level, Rule

# Taken at import: the simulator patches the module's clocks while an app runs.
clock = time.perf_counter

SHRINK_RUNS = 300  # runs spent on making one finding small
SHRINK_SECONDS = 20.0  # that making findings small may take beyond max_time, where the runs are slow

Keep = Callable[[Found, bool], None]


class Ledger:
    """The breaks of a campaign by what they are. keep: see `asgisim.fuzz.campaign.fuzz`.

    odd_routes: (protocol, path) whose plain request gives a 500. began: when the campaign did.
    """

    def __init__(self, player: Player, result: Campaign, keep: Keep | None) -> None:
        self.player = player
        self.settings = player.settings
        self.result = result
        self.keep = keep or (lambda found, stands: None)
        self.groups: dict[Key, Found] = {}
        self.shown: dict[Key, tuple[int, float]] = {}  # what was forgotten: first example and seconds
        self.odd_routes: set[tuple[str, str]] = set()
        self.began = clock()

    def look(self, one: Scenario, trace: Trace, report: Report) -> None:
        """Enter what a run has shown."""
        self.result.exercised |= report.exercised
        self.result.cells |= report.cells
        for finding in (*report.findings, *report.notes):
            self.note(finding, one, trace)

    def note(self, finding: Finding, one: Scenario, trace: Trace) -> None:
        """Enter a break; one that is known counts, unless it is the first that follows from no other."""
        protocol = one.exchanges[finding.exchange].protocol
        key = self._key(finding, protocol, one)
        known = self.groups.get(key)
        if known is not None:
            known.count += 1
            if known.finding.caused_by is None or finding.caused_by is not None:
                return
            # Seen alone at last: the better witness.
            count, known.count = known.count, 0
        else:
            count = 1
        if not self._wanted(finding, one, protocol):
            return
        if known is not None:
            self.keep(known, False)
        found = self.enter(key, Found(finding, protocol, one, trace, count))
        self._minimise(key, found)

    def _key(self, finding: Finding, protocol: str, one: Scenario) -> Key:
        """Its key; another where a break with that key was explained by a demand that this scenario keeps."""
        key = key_of(finding, protocol)
        known = self.groups.get(key)
        while known is not None and known.finding.rule is not finding.rule:
            if concerns(known.finding.rule, one, finding.exchange):
                break
            key = (*key, known.finding.rule.id)
            known = self.groups.get(key)
        return key

    def enter(self, key: Key, found: Found) -> Found:
        """Write down a break as it is."""
        first = self.result.examples, clock() - self.began
        found.first_example, found.first_seconds = self.shown.get(key, first)
        self.groups[key] = found
        self.result.so_far = len(self.groups)
        return found

    def known(self, rule: Rule, protocol: str) -> Found | None:
        """The break of this rule that is told, or None."""
        for found in self.groups.values():
            if found.finding.rule is rule and found.protocol == protocol and not found.absorbed:
                return found
        return None

    def forget(self) -> list[Scenario]:
        """All of it: what a spoilt app has shown does not count until a fresh one shows it again.

        Returns the witnesses.
        """
        told = list(self.groups.items())
        self.groups.clear()
        for key, found in told:
            self.shown[key] = found.first_example, found.first_seconds
            self.keep(found, False)
        self.odd_routes.clear()
        self.result.exercised, self.result.cells = 0, set()
        return [found.scenario for _, found in told]

    def sort_out(self) -> None:
        """Write into the result what stands now: at the end, and each time that progress is told."""
        result = self.result
        result.seconds = clock() - self.began
        result.findings, result.notes, result.flaky = [], [], []
        order = sorted(self.groups.values(), key=lambda f: (f.finding.rule.level.rank, f.finding.rule.id))
        for found in order:
            if found.absorbed:
                continue
            found.caused_by = found.finding.caused_by
            if found.finding.rule.advisory or found.finding.rule.level in (Level.MAY, Level.SILENT):
                result.notes.append(found)
            elif found.stable:
                result.findings.append(found)
            else:
                result.flaky.append(found)

    def _wanted(self, finding: Finding, one: Scenario, protocol: str) -> bool:
        if finding.rule.id == "robust.server-error":
            path = str(one.exchanges[finding.exchange].scope.get("path"))
            if (protocol, path) in self.odd_routes:
                return False
        return self.settings.wants(finding.rule.id, finding.rule.level)

    def _minimise(self, key: Key, found: Found) -> None:
        """Confirm a break, make its scenario small, and confirm it once more."""
        alone = found.finding.caused_by is None
        if not self._confirm(key, found, found.scenario, alone):
            return
        self.keep(found, True)
        end = self.began + self.settings.max_time + SHRINK_SECONDS

        def shows(one: Scenario) -> bool:
            return clock() < end and self._same(key, one, alone) is not None

        small = shrink(found.scenario, shows, SHRINK_RUNS)
        if not self._confirm(key, found, small, alone):
            self.keep(found, False)
            return
        if found.finding.rule.id in SYMPTOMS:
            self._explain(key, found)
        self.keep(found, not found.absorbed)

    def _confirm(self, key: Key, found: Found, one: Scenario, alone: bool) -> bool:
        """Whether a scenario shows the break again; if so it is the witness from now on."""
        found.stable = False  # unless it comes back, also when Ctrl-C ends this
        self.player.simulator.renew()  # what many runs have done to a kept app must not pass for a finding
        again = self._same(key, one, alone)
        if again is None:
            return False
        found.scenario = one
        found.finding, found.trace = again
        found.stable = True
        return True

    def _explain(self, key: Key, found: Found) -> None:
        """Name the demand behind a crash, if there is one; a break that is known already takes it in."""
        finding = found.finding
        rule = explain(found.scenario, finding.exchange, lambda one: self._same(key, one, False) is not None)
        if rule is None or not self.settings.wants(rule.id, rule.level):
            return
        known = self.known(rule, found.protocol)
        found.finding = replace(finding, rule=rule)
        if known is not None:
            known.count += found.count
            found.absorbed = True

    def _same(self, key: Key, candidate: Scenario, alone: bool) -> tuple[Finding, Trace] | None:
        if not self.player.fits(candidate):
            return None
        trace, report = self.player.run(candidate)
        for finding in (*report.findings, *report.notes):
            protocol = candidate.exchanges[finding.exchange].protocol
            if self._key(finding, protocol, candidate) == key and (not alone or finding.caused_by is None):
                return finding, trace
        return None
