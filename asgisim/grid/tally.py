"""What reports of a grid tell in numbers: counts, how a cell is to be seen, failures put together. Pure."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from asgisim.grid.model import CATEGORIES, Case, CellReport, GridReport, Outcome, Status

NOT_ASKED = (Status.SKIP, Status.NOT_INSTALLED)
# States of cells without outcomes, in words.
STATES = {
    "not-installed": "not installed",
    "cannot-run": "cannot run",
    "died": "died",
    "ran": "with new servers",
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many outcomes of each status. died: whether a server among them did."""

    counts: Counter[Status] = field(default_factory=Counter)
    died: bool = False

    @property
    def passed(self) -> int:
        """Cases that passed."""
        return self.counts[Status.PASS]

    @property
    def asked(self) -> int:
        """Cases that have a meaning there: all but the skipped."""
        return sum(number for status, number in self.counts.items() if status not in NOT_ASKED)

    @property
    def red(self) -> int:
        """Cases that make the exit status 1."""
        return sum(number for status, number in self.counts.items() if status.red)

    @property
    def words(self) -> str:
        """``9/10``, or a dash where nothing was asked."""
        return f"{self.passed}/{self.asked}" if self.asked else "-"

    @property
    def shade(self) -> str:
        """``bad``: something counts; ``warn``: not all passed; ``good``: all did; ``off``: nothing asked."""
        if self.red or self.died:
            return "bad"
        if not self.asked:
            return "off"
        return "good" if self.passed == self.asked else "warn"

    @property
    def told(self) -> str:
        """Everything but passes in words: ``2 fail, 1 flaky``."""
        words = [
            f"{self.counts[one]} {one.value}" for one in Status if self.counts[one] and one is not Status.PASS
        ]
        return ", ".join(["the server died"] * self.died + words)


def tally(cells: Iterable[CellReport], category: str | None = None) -> Tally:
    """Of one category or of all."""
    counts: Counter[Status] = Counter()
    died = False
    for one in cells:
        counts.update(one.count(category))
        died = died or one.state == "died"
    return Tally(counts, died and category is None)


def brief(cell: CellReport | None, category: str | None = None) -> str:
    """A cell of a table: ``9/10``, or why there is nothing."""
    if cell is None:
        return ""
    found = tally([cell], category)
    if cell.state != "ran" and not found.asked:
        return STATES[cell.state]
    return found.words


def shade(cell: CellReport | None, category: str | None = None) -> str:
    """How a cell is to be seen: see Tally.shade."""
    if cell is None:
        return "off"
    if cell.state == "cannot-run" and not cell.outcomes:
        return "warn"
    return tally([cell], category).shade


def categories(report: GridReport) -> dict[str, str]:
    """Those that cases of the report have, with their titles, in order."""
    there = {case.category for case in report.cases}
    known = {name: title for name, title in CATEGORIES.items() if name in there}
    return known | {name: name for name in sorted(there - set(known))}


@dataclass(frozen=True, slots=True)
class Failure:
    """The same outcome of one case in several cells. first: one of them, with its timeline."""

    case: Case
    status: Status
    message: str
    first: Outcome
    cells: tuple[CellReport, ...]


def failures(report: GridReport, wanted: Iterable[Status] = (Status.FAIL, Status.XPASS)) -> list[Failure]:
    """Outcomes of these statuses put together by case, status and message, in the order of the cases."""
    asked = set(wanted)
    cases = {case.id: case for case in report.cases}
    order = {id: number for number, id in enumerate(cases)}
    groups: dict[tuple[str, Status, str], list[tuple[Outcome, CellReport]]] = {}
    for cell in report.cells:
        for one in cell.outcomes:
            if one.status in asked:
                groups.setdefault((one.case, one.status, one.message), []).append((one, cell))
    found = [
        Failure(cases.get(id) or _unknown(id), status, message, seen[0][0], tuple(cell for _, cell in seen))
        for (id, status, message), seen in groups.items()
    ]
    return sorted(found, key=lambda one: order.get(one.case.id, len(order)))


def troubles(report: GridReport) -> list[CellReport]:
    """Cells that died, could not run or needed another server, which is no failure of any one case."""
    states = ("died", "cannot-run")
    return [one for one in report.cells if one.state in states or (one.state == "ran" and one.reason)]


def again(cell: CellReport, case: str) -> str:
    """The command that plays one case of a cell again, or an empty str."""
    try:
        words = shlex.split(cell.rerun) if cell.rerun else []
    except ValueError:  # of a report that somebody wrote by hand
        return cell.rerun
    kept = [word for at, word in enumerate(words) if word != "--case" and words[max(0, at - 1)] != "--case"]
    return shlex.join([*kept, "--case", case]) if kept else ""


def versions(report: GridReport) -> dict[str, list[str]]:
    """Every package that the cells ran with, and its versions."""
    found: dict[str, list[str]] = {}
    for cell in report.cells:
        for name, number in cell.versions.items():
            known = found.setdefault(name, [])
            if number not in known:
                known.append(number)
    return dict(sorted(found.items()))


def _unknown(id: str) -> Case:
    return Case(id, id.partition("/")[0], "")
