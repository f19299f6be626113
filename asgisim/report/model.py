"""What a report is made of: plain data, filled in by whoever ran something."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from asgisim.judge import Finding
from asgisim.judge.coverage import Coverage
from asgisim.model.trace import RAISE, SCOPE, SEND, Trace
from asgisim.report.style import clean
from asgisim.spec import PROTOCOLS, extensions
from asgisim.spec.editions import Edition, announced
from asgisim.spec.rules import By, Level, Rule
from asgisim.spec.table import allowed
from asgisim.spec.view import Machine

# Inputs of the tables that an extension brings, where they are not named as it is, and those that end a body.
OFFERED_AS = {"denial start": "websocket.http.response"}
ENDS = {"http.response.body", "http.response.pathsend", "http.response.zerocopysend"}

GRAVITY = {
    Level.MUST: "breaks a MUST",
    Level.SHOULD: "breaks a SHOULD",
    Level.IMPLIED: "breaks what the text implies",
    Level.MAY: "leaves out a MAY",
    Level.SILENT: "does what the text leaves open",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One distinct break.

    message: what was seen. count: in how many scenarios. exchange, step: where in the trace. state: of
    the machine, for a break of order. where: an await chain or traceback, innermost last. caused_by:
    the id of the rule whose break came first and may be the cause. scenario: as JSON data. replay: the
    command that shows it again. seed_file: where it was saved.
    """

    id: str
    rule: Rule
    party: str
    protocol: str
    message: str
    trace: Trace
    step: int
    scenario: dict[str, Any] = field(default_factory=dict)
    count: int = 1
    exchange: int = 0
    state: str = ""
    where: tuple[str, ...] = ()
    caused_by: str | None = None
    replay: str | None = None
    seed_file: str | None = None

    @property
    def gravity(self) -> str:
        """``the app breaks a MUST``."""
        verb = "may do better" if self.rule.advisory else GRAVITY[self.rule.level]
        return f"the {self.party} {verb}"

    def line(self) -> str:
        """The finding in one line, that says nothing to a terminal."""
        return clean(f"{self.rule.id}: {self.gravity}: {self.message}")

    def order(self) -> tuple[int, str, str]:
        """The key by which findings are listed: level, rule, id."""
        return (self.rule.level.rank, self.rule.id, self.id)

    def allowed_here(self) -> list[str]:
        """What would have been right in the state in which the order was broken; empty for other breaks."""
        protocol = PROTOCOLS.get(self.protocol)
        if protocol is None or not self.state or self.rule.by is not By.CELL:
            return []
        machine: Machine = protocol.send if self.party == "app" else protocol.receive
        states = [state for state in machine.table if state.name == self.state]
        found = allowed(machine.table, states[0], self.edition) if states else []
        return [name for seen in found if self._may_come(name := str(seen.value))]

    def _may_come(self, name: str) -> bool:
        """Whether an input of the table is of this party's doing and possible in this very exchange."""
        kind, _, more = name.partition(", ")
        if name.startswith("("):
            return False
        listed = self._scope().get("extensions")
        offered = listed if isinstance(listed, dict) else {}
        extension = OFFERED_AS.get(kind, kind)
        if extension in (*extensions.NAMES, *OFFERED_AS.values()) and extension not in offered:
            return False
        ends = kind in ENDS and more in ("", "trailers due")
        return not ends or (more == "trailers due") == self._trailers_due()

    def _trailers_due(self) -> bool:
        before = self.trace.steps[: self.step]
        sent = [one.data for one in before if one.kind == SEND and one.exchange == self.exchange]
        return any(event.get("trailers") is True for event in sent if isinstance(event, dict))

    def _scope(self) -> dict[str, Any]:
        scopes = [one.data for one in self.trace if one.kind == SCOPE and one.exchange == self.exchange]
        return scopes[0] if scopes and isinstance(scopes[0], dict) else {}

    @property
    def raised(self) -> bool:
        """Whether the break is an exception, so that `where` is a traceback."""
        marked = self.trace.steps[self.step : self.step + 1]
        return self.rule.id == "robust.crash" or any(one.kind == RAISE for one in marked)

    def line_in(self, file: str | None) -> int | None:
        """The line of a source file in which it happened, innermost, where that is known."""
        name = (file or "").replace("\\", "/").rpartition("/")[2]
        for frame in reversed(self.where):
            path, colon, rest = frame.rpartition(":")
            number = rest.partition(" ")[0]
            if name and path == name and colon and number.isdigit():
                return int(number)
        return None

    @property
    def edition(self) -> Edition:
        """The edition that the exchange announced."""
        return announced(self._scope() or None)

    @classmethod
    def of(cls, finding: Finding, trace: Trace, name: str) -> Item:
        """A finding of one call's trace that no campaign made; `name` is its id."""
        scope = trace.steps[0].data
        return cls(
            name,
            finding.rule,
            finding.party.value,
            str(scope.get("type", "?")) if isinstance(scope, dict) else "?",
            finding.detail,
            trace,
            finding.step,
            state=finding.state,
            where=finding.where,
            caused_by=finding.caused_by,
        )


@dataclass(slots=True)
class Target:
    """What was tested."""

    app: str | None = None
    server: str | None = None
    loop: str = "asyncio"
    versions: dict[str, str] = field(default_factory=dict)
    file: str | None = None  # the app's source file, relative to the current folder where it can be

    @property
    def name(self) -> str:
        """In words, for headings."""
        return " behind ".join(part for part in (self.app, self.server) if part)


@dataclass(slots=True)
class Run:
    """One run of a command: findings, verdicts and what it took.

    findings count; notes are advice; flaky ones were seen once and not again. left_out: what was not
    checked, in words. rules of all three lists are ids, sorted. seconds: wall time.
    """

    command: str
    target: Target = field(default_factory=Target)
    edition: str = "2.5"
    seed: int = 0
    examples: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    findings: list[Item] = field(default_factory=list)
    notes: list[Item] = field(default_factory=list)
    flaky: list[Item] = field(default_factory=list)
    known: list[Item] = field(default_factory=list)  # in the baseline
    held: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    not_exercised: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    coverage: Coverage | None = None  # what was exercised, where it is asked for
