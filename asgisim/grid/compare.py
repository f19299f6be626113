"""Two reports compared, and several made one. Pure: reports in, data out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from asgisim.grid.model import Axes, Case, Cell, CellReport, GridReport, Outcome, Status

_FINE = (Status.PASS, Status.XPASS, Status.XFAIL)
_BAD = (Status.FAIL, Status.CANNOT_RUN)


@dataclass(frozen=True, slots=True)
class Change:
    """What differs in one case of a cell; case is empty for a cell as a whole (it died, it does not start).

    before, after: in words: a status, or a state of the cell, with what was seen. None: was not asked.
    """

    cell: CellReport
    case: str
    before: str | None
    after: str | None
    message: str = ""


@dataclass(slots=True)
class Comparison:
    """worse: counts, exit status 1. better: the opposite. other: neither (flaky, skipped, seen otherwise).

    missing: ids of cells that ran before and are not in the later report. versions: package to what it was
    and is, where that differs.
    """

    worse: list[Change] = field(default_factory=list)
    better: list[Change] = field(default_factory=list)
    other: list[Change] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    versions: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def red(self) -> bool:
        """Whether something got worse."""
        return bool(self.worse)


def compare(before: GridReport, after: GridReport) -> Comparison:
    """What changed, cell by cell and case by case.

    Worse is what fails, or can no longer run, and did not fail before; what is new and fails counts too.
    What fails now as expected, is flaky or is skipped is no worse: it is told among the others.
    """
    found = Comparison()
    known = {one.cell.id: one for one in before.cells}
    for cell in after.cells:
        _cell(found, known.get(cell.cell.id), cell)
    here = {one.cell.id for one in after.cells}
    found.missing = [id for id, one in known.items() if one.outcomes and id not in here]
    return found


def _cell(found: Comparison, before: CellReport | None, after: CellReport) -> None:
    if before is not None:
        for name, number in after.versions.items():
            was = before.versions.get(name)
            if was is not None and was != number:
                found.versions.setdefault(name, (was, number))
    _state(found, before, after)
    known = {one.case: one for one in before.outcomes} if before else {}
    for one in after.outcomes:
        # A cell that died or does not start is told as a whole, not once more for each case.
        if one.status is Status.CANNOT_RUN and after.state != "ran":
            continue
        _case(found, after, known.get(one.case), one)


def _state(found: Comparison, before: CellReport | None, after: CellReport) -> None:
    was, now = before.state if before else None, after.state
    if was == now:
        return
    change = Change(after, "", was, now, after.reason)
    trouble = ("died", "cannot-run")
    if now == "died" or (now == "cannot-run" and was in ("ran", "died")):
        (found.other if was in trouble else found.worse).append(change)
    elif now == "ran" and was in trouble:
        found.better.append(change)
    elif was is not None:
        found.other.append(change)


def _case(found: Comparison, cell: CellReport, before: Outcome | None, after: Outcome) -> None:
    change = Change(cell, after.case, _words(before), _words(after), after.message)
    was, now = before.status if before else None, after.status
    if was is now:
        if before is not None and before.seen != after.seen:
            found.other.append(change)
    elif now in _BAD and was not in _BAD:
        # What could not be asked is no loss where it never was.
        lost = now is Status.FAIL or was in (*_FINE, Status.FLAKY)
        (found.worse if lost else found.other).append(change)
    elif was in _BAD and now in (*_FINE, Status.FLAKY):
        (found.other if now is Status.XFAIL else found.better).append(change)
    elif was is Status.XFAIL and now in (Status.PASS, Status.XPASS):
        found.better.append(change)
    elif was is not None:
        found.other.append(change)


def _words(outcome: Outcome | None) -> str | None:
    if outcome is None:
        return None
    return f"{outcome.status.value} ({outcome.seen})" if outcome.seen else outcome.status.value


# --- several reports made one ----------------------------------------------------------------------


def merge(reports: Sequence[GridReport]) -> GridReport:
    """One report with the cells of all.

    Where the same cell was run with other versions or on another platform, each is kept, and what differs
    stands in its name (``starlette==0.46.2``); where nothing differs the later one counts, unless it did
    not run. Raises ValueError for none.
    """
    if not reports:
        raise ValueError("expected at least one report")
    kept = _kept(reports)
    named = _named(kept, _lent(reports))
    cells = [replace(one, cell=cell) for one, cell in zip(kept, named, strict=True)]
    titles = {name: title for report in reports for name, title in report.titles.items()}
    for one, cell in zip(kept, named, strict=True):
        name = one.cell.framework
        if cell.framework != name:
            version = cell.framework.removeprefix(name).removeprefix("==")
            titles[cell.framework] = f"{titles.get(name, name)} {version}"
    seeds = {report.seed for report in reports}
    return GridReport(
        asgisim=_joined(report.asgisim for report in reports),
        date=max(report.date for report in reports),
        platform=_joined(report.platform for report in reports),
        seed=reports[0].seed if len(seeds) == 1 else 0,
        seconds=sum(report.seconds for report in reports),
        interrupted=any(report.interrupted for report in reports),
        command=_joined((report.command for report in reports), "; "),
        axes=_axes(reports, cells),
        titles=titles,
        cases=list(_cases(reports).values()),
        cells=cells,
    )


def _lent(reports: Sequence[GridReport]) -> dict[int, dict[str, str]]:
    """For the rows of what did not run, by id(): the versions of its neighbours behind the same server."""
    found: dict[int, dict[str, str]] = {}
    for report in reports:
        rows: dict[str, dict[str, str]] = {}
        for one in report.cells:
            others = {name: number for name, number in one.versions.items() if name != one.cell.framework}
            if others:
                rows.setdefault(one.cell.behind, others)
        found |= {id(one): rows.get(one.cell.behind, {}) for one in report.cells if not one.versions}
    return found


def _cases(reports: Sequence[GridReport]) -> dict[str, Case]:
    return {case.id: case for report in reports for case in report.cases}


def _setting(cell: CellReport) -> tuple[object, ...]:
    return (cell.platform, tuple(sorted(cell.versions.items())))


def _kept(reports: Sequence[GridReport]) -> list[CellReport]:
    """One for each cell and setting; what did not run gives way to what did."""
    found: dict[tuple[str, tuple[object, ...]], CellReport] = {}
    for report in reports:
        for one in report.cells:
            key = (one.cell.id, _setting(one))
            if one.outcomes or key not in found or not found[key].outcomes:
                found[key] = one
    ran = {id for (id, _), one in found.items() if one.outcomes}
    empty: set[str] = set()
    kept = []
    for (id, _), one in found.items():
        if not one.outcomes and (id in ran or id in empty):
            continue
        if not one.outcomes:
            empty.add(id)
        kept.append(one)
    return kept


def _named(cells: Sequence[CellReport], lent: dict[int, dict[str, str]]) -> list[Cell]:
    """The cells, with what tells them apart in their names: framework, server, loop and Python, platform."""
    groups: dict[str, list[CellReport]] = {}
    for one in cells:
        groups.setdefault(one.cell.id, []).append(one)
    frameworks: set[str] = set()
    packages: set[str] = set()
    for group in groups.values():
        for name in {name for one in group for name in one.versions}:
            if len({one.versions.get(name) for one in group}) > 1:
                (frameworks if name == group[0].cell.framework else packages).add(name)
    platforms = any(len({one.platform for one in group}) > 1 for group in groups.values())
    # What differs anywhere is said everywhere, so that rows and columns hold what belongs together.
    return [_name(one, lent.get(id(one), one.versions), frameworks, packages, platforms) for one in cells]


def _name(
    one: CellReport, versions: dict[str, str], frameworks: set[str], packages: set[str], platforms: bool
) -> Cell:
    cell = one.cell
    framework, loop = cell.framework, cell.loop
    if framework in frameworks and framework in versions:
        framework += f"=={versions[framework]}"
    marks = [f"{name} {number}" for name, number in sorted(versions.items()) if name in packages]
    marks += [one.platform] if platforms and one.platform else []
    return replace(cell, framework=framework, loop=", ".join([loop, *marks]))


def _axes(reports: Sequence[GridReport], cells: Sequence[CellReport]) -> Axes:
    """In the order in which the reports asked for them; several versions of one stand together."""
    asked = [name for report in reports for name in report.frameworks]
    rows = [name for report in reports for name in report.behinds]
    frameworks = dict.fromkeys(one.cell.framework for one in cells)
    behinds = dict.fromkeys(one.cell.behind for one in cells)
    return Axes(
        tuple(sorted(frameworks, key=lambda name: _place(name.partition("==")[0], asked))),
        tuple(sorted(behinds, key=lambda name: _place(name.partition(", ")[0], rows))),
    )


def _place(name: str, order: Sequence[str]) -> int:
    return order.index(name) if name in order else len(order)


def _joined(words: Iterable[str], by: str = ", ") -> str:
    return by.join(dict.fromkeys(word for word in words if word))
