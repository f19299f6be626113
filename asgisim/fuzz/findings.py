"""What a campaign has found: breaks grouped by what they are, each with its smallest scenario."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from asgisim.judge import Finding
from asgisim.model.scenario import Scenario
from asgisim.model.trace import Trace
from asgisim.spec import CATALOGUE

Key = tuple[str, ...]


def key_of(finding: Finding, protocol: str) -> Key:
    """What makes two breaks the same: rule, party, protocol, state, and for crashes where they come from."""
    rule = finding.rule.id
    place = finding.where[-1] if finding.where else ""
    what = finding.detail.split(":", 1)[0] if rule == "robust.crash" else finding.state
    return (rule, finding.party.value, protocol, what, place)


@dataclass(slots=True)
class Found:
    """One distinct break: its rule, how often it was seen, and the smallest scenario that shows it.

    step: the place in the trace. stable: whether a second run of the scenario showed it again.
    caused_by: the id of the finding that it follows from, if it was never seen alone.
    """

    finding: Finding
    protocol: str
    scenario: Scenario
    trace: Trace
    count: int = 1
    stable: bool = True
    caused_by: str | None = None
    first_example: int = 0
    first_seconds: float = 0.0
    absorbed: bool = False  # shows the same break as another finding, which counts it

    def id(self, target: str) -> str:
        """Eight hexadecimal digits: the same for the same rule, target and minimal scenario."""
        import hashlib  # here, as loading OpenSSL takes a while

        text = json.dumps([self.finding.rule.id, target, self.scenario.to_json()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def to_json(self, target: str) -> dict[str, Any]:
        """As another process reads it: see from_json."""
        finding = self.finding
        return {
            "id": self.id(target),
            "rule": finding.rule.id,
            "party": finding.party.value,
            "level": finding.rule.level.value,
            "protocol": self.protocol,
            "message": finding.detail,
            "count": self.count,
            "stable": self.stable,
            "scenario": self.scenario.to_json(),
            "trace": self.trace.to_json(),
            "step": finding.step,
            "exchange": finding.exchange,
            "state": finding.state,
            "where": list(finding.where),
            "caused_by": self.caused_by,
            "first_example": self.first_example,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Found:
        """Read what another process found. Raises KeyError or ValueError for data of another shape."""
        rule = CATALOGUE[data["rule"]]
        finding = Finding(
            rule,
            type(rule.party)(data["party"]),
            data["message"],
            data["exchange"],
            data["step"],
            data["state"],
            None,
            tuple(data["where"]),
        )
        return cls(
            finding,
            data["protocol"],
            Scenario.from_json(data["scenario"]),
            Trace.from_json(data["trace"]),
            data["count"],
            data["stable"],
            data["caused_by"],
            data["first_example"],
        )


@dataclass(slots=True)
class Campaign:
    """The outcome of a campaign: findings, verdict on every rule, and what it took.

    exercised: rules put to the test, as bits of the catalogue. left_out: what was not compared or not
    checked, and why, in words. seconds: wall time. so_far: distinct breaks seen while it goes on.
    """

    findings: list[Found] = field(default_factory=list)
    flaky: list[Found] = field(default_factory=list)
    notes: list[Found] = field(default_factory=list)
    exercised: int = 0
    cells: set[tuple[str, str, str]] = field(default_factory=set)
    examples: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    left_out: list[str] = field(default_factory=list)
    so_far: int = 0

    @property
    def broken(self) -> list[str]:
        """The ids of the broken rules, sorted."""
        return sorted({found.finding.rule.id for found in self.findings})

    @property
    def held(self) -> list[str]:
        """The ids of the rules that were exercised and not broken, sorted."""
        broken = set(self.broken)
        return sorted(i for i, r in CATALOGUE.items() if r.bit & self.exercised and i not in broken)

    @property
    def not_exercised(self) -> list[str]:
        """The ids of the rules that nothing put to the test, sorted."""
        broken = set(self.broken)
        return sorted(i for i, r in CATALOGUE.items() if not r.bit & self.exercised and i not in broken)


def merged(campaigns: list[Campaign]) -> Campaign:
    """What several campaigns found between them, each break once, with the first witness."""
    whole = Campaign()
    for kind in ("findings", "flaky", "notes"):
        groups: dict[Key, Found] = {}
        for found in (found for one in campaigns for found in getattr(one, kind)):
            known = groups.setdefault(key_of(found.finding, found.protocol), found)
            if known is not found:
                known.count += found.count
        order = sorted(groups.values(), key=lambda f: (f.finding.rule.level.rank, f.finding.rule.id))
        setattr(whole, kind, order)
    for one in campaigns:
        whole.exercised |= one.exercised
        whole.cells |= one.cells
        whole.examples += one.examples
        whole.seconds = max(whole.seconds, one.seconds)
        whole.interrupted = whole.interrupted or one.interrupted
        whole.left_out += [reason for reason in one.left_out if reason not in whole.left_out]
    return whole
