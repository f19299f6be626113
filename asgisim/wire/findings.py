"""What a campaign over sockets has found."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from asgisim.drive.wire.script import WireScenario
from asgisim.fuzz.findings import Campaign
from asgisim.judge import Finding
from asgisim.model.trace import Trace
from asgisim.spec import CATALOGUE


@dataclass(slots=True)
class WireFound:
    """One distinct break of a server and the smallest scenario that shows it. trace: both sides, in order."""

    finding: Finding
    protocol: str
    scenario: WireScenario
    trace: Trace
    count: int = 1
    stable: bool = True

    def id(self, target: str) -> str:
        """Eight hexadecimal digits: the same for the same rule, target and minimal scenario."""
        text = json.dumps([self.finding.rule.id, target, self.scenario.to_json()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:8]


@dataclass(slots=True)
class WireCampaign(Campaign):
    """The outcome. The lists of what was found hold WireFound; see Campaign for the rest."""

    wire_findings: list[WireFound] = field(default_factory=list)
    wire_flaky: list[WireFound] = field(default_factory=list)
    wire_notes: list[WireFound] = field(default_factory=list)
    unconfirmed: list[str] = field(default_factory=list)  # rules whose breaks there was no time to see again

    @property
    def held(self) -> list[str]:
        """The ids of the rules that were exercised and that nothing was found against, sorted."""
        told = {found.finding.rule.id for found in (*self.wire_findings, *self.wire_flaky, *self.wire_notes)}
        told |= set(self.unconfirmed)
        return sorted(id for id, rule in CATALOGUE.items() if rule.bit & self.exercised and id not in told)

    @property
    def broken(self) -> list[str]:
        """The ids of the broken rules, sorted."""
        return sorted({found.finding.rule.id for found in self.wire_findings})
