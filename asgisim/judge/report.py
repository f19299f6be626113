"""What the judge says of a trace: findings, notes, and which rules were put to the test."""

from __future__ import annotations

from dataclasses import dataclass, field

from asgisim.model.trace import Trace
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import Level, Party, Rule


class BrokenRules(AssertionError):
    """A trace breaks rules; `report` has the findings."""

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__("\n".join(finding.line() for finding in report.findings))


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule, where, and by whom.

    detail: what was seen, in words. exchange, step: indexes into the scenario and the trace. state: the
    state the machine was in, for a break of order. caused_by: the id of an earlier break in this
    exchange from which this one may follow. where: an await chain or a traceback, innermost last.
    """

    rule: Rule
    party: Party
    detail: str
    exchange: int
    step: int
    state: str = ""
    caused_by: str | None = None
    where: tuple[str, ...] = ()

    def line(self) -> str:
        """``rule-id: the app breaks a MUST: detail``; one line, that says nothing to a terminal."""
        implied = self.rule.level is Level.IMPLIED
        what = "what the text implies" if implied else f"a {self.rule.level.value.upper()}"
        return f"{self.rule.id}: the {self.party.value} breaks {what}: {_visible(self.detail)}"


def _visible(words: str) -> str:
    return words if words.isprintable() else "".join(map(_shown, words))


def _shown(char: str) -> str:
    return char if char.isprintable() else char.encode("unicode_escape").decode()


@dataclass(slots=True)
class Report:
    """The verdicts on one trace, or on many traces added up.

    findings: breaks, in the order of the trace. notes: breaks of advisory rules, which are no faults.
    exercised: the set of rules that were put to the test, as bits. cells: the cells of the state tables
    that were visited, as (machine, state, input).
    """

    trace: Trace
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    exercised: int = 0
    cells: set[tuple[str, str, str]] = field(default_factory=set)

    @property
    def broken(self) -> list[str]:
        """The ids of the broken rules, sorted."""
        return sorted({finding.rule.id for finding in self.findings})

    @property
    def held(self) -> list[str]:
        """The ids of the rules that were exercised and not broken, sorted."""
        broken = {finding.rule.id for finding in self.findings}
        return sorted(i for i, r in CATALOGUE.items() if r.bit & self.exercised and i not in broken)

    @property
    def not_exercised(self) -> list[str]:
        """The ids of the rules that nothing in the trace put to the test, sorted."""
        broken = {finding.rule.id for finding in self.findings}
        return sorted(i for i, r in CATALOGUE.items() if not r.bit & self.exercised and i not in broken)

    def raise_for_findings(self) -> None:
        """Raise BrokenRules if any rule is broken."""
        if self.findings:
            raise BrokenRules(self)


def is_fault(finding: Finding) -> bool:
    """Whether a finding counts: advisory rules and levels below implied are only worth a note."""
    return not finding.rule.advisory and finding.rule.level not in (Level.MAY, Level.SILENT)
