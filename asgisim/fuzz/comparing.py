"""The equal spellings in a campaign: one exchange played in two that mean the same, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain

from asgisim import equal
from asgisim.equal import jointly, overlap
from asgisim.fuzz.explain import SYMPTOMS
from asgisim.fuzz.findings import Found, Key, key_of
from asgisim.fuzz.ledger import Ledger
from asgisim.judge import Finding
from asgisim.model.scenario import Scenario
from asgisim.model.trace import Trace
from asgisim.space.respellings import RESPELLINGS
from asgisim.spec.equal import OVERLAP
from asgisim.spec.rules import Party


class Comparer:
    """Compares, and enters in the ledger what is unequal and what else the runs have shown.

    unstable: what could not be compared since it is never twice the same, in words.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.player = ledger.player
        self.settings = ledger.settings
        self.result = ledger.result
        self.unstable: set[str] = set()

    def jointly(self, base: Scenario, plain: Trace, play: Callable[[Scenario], Trace]) -> Iterator[None]:
        """One base in many spellings at once; where that makes a difference, in the one that makes it.

        plain: what the base gave. play: plays and enters what breaks. A step for each bundle of spellings.
        To look for the one counts for no example, as making small does not.
        """
        for bundle in jointly.bundles(base):
            if jointly.differ(base, plain, play(jointly.respelled(base, bundle))):
                guilty = jointly.suspect(self.player.trace, base, plain, bundle)
                for _ in self._told(base, partial(equal.compare, base=base, rows=[guilty])):
                    pass
            yield

    def compare(self, base: Scenario, part: tuple[int, int] = (0, 1)) -> Iterator[None]:
        """One base in its spellings, or, as (number, count), in a part of them. A step for each."""
        rows = RESPELLINGS.get(base.exchanges[-1].protocol, ())[part[0] :: part[1]]

        def both(run: equal.Run) -> Iterator[equal.Comparison]:
            for one in chain(equal.compare(run, base, rows), overlap.compare(run, base)):
                self.result.examples += one.runs
                yield one

        return self._told(base, both)

    def _told(
        self, base: Scenario, compare: Callable[[equal.Run], Iterator[equal.Comparison]]
    ) -> Iterator[None]:
        """Compare and enter.

        The runs are judged as all others are; a symptom of unequal treatment is not told beside it.
        """
        seen: list[tuple[Finding, Scenario, Trace]] = []
        told: dict[Key, tuple[Finding, Scenario, Trace]] = {}  # told at the end: explained by what is unequal

        def run(one: Scenario) -> Trace:
            trace, report = self.player.run(one)
            self.result.exercised |= report.exercised
            self.result.cells |= report.cells
            seen.extend((finding, one, trace) for finding in (*report.findings, *report.notes))
            return trace

        for broken in compare(run):
            self.result.exercised |= broken.rule.bit
            for finding, one, trace in seen:
                if not broken.details or finding.rule.id not in SYMPTOMS:
                    key = key_of(finding, one.exchanges[finding.exchange].protocol)
                    told.setdefault((*key, str(finding.caused_by is None)), (finding, one, trace))
            seen.clear()
            if broken.left_out:
                self.unstable.add(broken.left_out)
                continue
            for detail in broken.details:
                self._unequal(base, broken, detail)
            yield
        for finding, one, trace in told.values():
            self.ledger.note(finding, one, trace)

    def _unequal(self, base: Scenario, broken: equal.Comparison, detail: str) -> None:
        ledger = self.ledger
        index = len(broken.scenario.exchanges) - 1
        protocol = broken.scenario.exchanges[index].protocol
        key = (broken.rule.id, protocol)
        known = ledger.known(broken.rule, protocol)
        if known is not None:
            known.count += 1
        elif self.settings.wants(broken.rule.id, broken.rule.level):
            base, broken = self._alone(base, broken, detail)
            index = len(broken.scenario.exchanges) - 1
            last = max((at for at, one in enumerate(broken.trace) if one.exchange == index), default=0)
            finding = Finding(broken.rule, Party.APP, detail, index, last)
            found = ledger.enter(key, Found(finding, protocol, broken.scenario, broken.trace))
            found.stable = self._again(base, broken)
            if found.stable:
                ledger.keep(found, True)

    def _alone(
        self, base: Scenario, broken: equal.Comparison, detail: str
    ) -> tuple[Scenario, equal.Comparison]:
        """The same without the lifespan around it, where it shows there too."""
        if self.player.kept or broken.rule is OVERLAP or base.exchanges[0].protocol != "lifespan":
            return base, broken
        bare = Scenario(base.exchanges[1:])
        for one in equal.again(self.player.trace, bare, broken.rule.id) if bare.exchanges else ():
            if detail in one.details:
                return bare, one
        return base, broken

    def _again(self, base: Scenario, broken: equal.Comparison) -> bool:
        """Whether a fresh app does the same; only a kept one may have been spoilt by the runs before."""
        if not self.player.kept or self.settings.reload is None:
            return True
        self.player.simulator.renew()
        if broken.rule is OVERLAP:
            again = overlap.compare(self.player.trace, base)
        else:
            # From the plain spelling: not every odd one can be respelled into a plain one.
            again = equal.again(self.player.trace, base, broken.rule.id)
        return any(one.details for one in again)
