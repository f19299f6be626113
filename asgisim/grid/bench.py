"""Plays rows on a driver: repeats what fails, compares with what was expected, keeps timelines."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from asgisim.grid.cases.table import Row
from asgisim.grid.exchange import Skip, Wrong
from asgisim.grid.expected import Expected
from asgisim.grid.findings import Findings
from asgisim.grid.health import Keeper
from asgisim.grid.model import CellReport, Moment, Outcome, Status
from asgisim.grid.order import Order

KEPT = 60  # lines of a timeline
REPEATING = 30.0  # seconds in a cell for repeats that fail
LONGER = 3  # times the patience, for a repeat


@dataclass(slots=True)
class Told:
    """What one attempt came to."""

    status: Status
    message: str = ""
    seen: str = ""
    timeline: list[Moment] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)


class Bench:
    """Plays rows one after the other and adds their outcomes to a report.

    alive: the server still is. keeper: looks after it (asgisim.grid.health), None where there is none.
    """

    def __init__(
        self,
        driver: Any,
        order: Order,
        report: CellReport,
        known: list[Expected],
        alive: Callable[[], bool],
        keeper: Keeper | None = None,
    ) -> None:
        self.driver, self.order, self.report = driver, order, report
        self.known, self.alive, self.keeper = known, alive, keeper
        self.begun = time.monotonic()
        self.spent = 0.0  # seconds in repeats that failed
        self.stop: Callable[[], bool] = lambda: False

    def play(self, rows: Iterable[Row], stop: Callable[[], bool]) -> None:
        """All rows; once the server has died or the run is to end, the rest cannot run."""
        self.stop = stop
        for row in rows:
            why = self._hindrance(row, stop)
            if why:
                self.report.outcomes.append(Outcome(row.id, Status.CANNOT_RUN, why))
                continue
            self.report.outcomes.append(self._outcome(row))
            if not row.after and not self.alive() and self.report.state != "died":
                self._died(f"the server ended during {row.id}")

    def _died(self, reason: str) -> None:
        self.report.state, self.report.reason = "died", reason

    def _mend(self, row: Row, told: Told, seconds: float) -> None:
        """After a case that failed or was slow: a server that no longer serves is replaced, if it can be."""
        slow = seconds > self.order.patience
        if self.keeper is None or row.after or not (slow or told.status is Status.FAIL) or not self.alive():
            return
        ails = self.keeper.ails()
        if not ails:
            return
        told.message = "; ".join(filter(None, (told.message, f"after it the server {ails}")))
        why = self.keeper.renew(row.id, ails)
        if why:
            self.keeper.kill()
            self._died(why)

    def _hindrance(self, row: Row, stop: Callable[[], bool]) -> str:
        """Why a row cannot be played, or an empty str."""
        if self.report.state == "died":
            return "the server had died, or was given up"
        if not row.after and time.monotonic() - self.begun > self.order.limit:
            return f"the cell had taken more than {self.order.limit:g} s"
        return "interrupted" if stop() else ""

    def _outcome(self, row: Row) -> Outcome:
        begun = time.monotonic()
        entry = next((one for one in self.known if self._speaks_of(one, row)), None)
        tries = [self._cared(row, self.order.patience)]
        repeats = 0 if entry is not None or tries[0].status is not Status.FAIL else self.order.repeats
        while repeats and tries[-1].status is Status.FAIL and self._repeatable(row):
            repeats -= 1
            again = time.monotonic()
            tries.append(self._cared(row, self.order.patience * LONGER))
            if tries[-1].status is Status.FAIL:
                self.spent += time.monotonic() - again
        if self.order.cases and row.id.startswith("rules/") and tries[-1].status is Status.PASS:
            entry = None  # what breaks the rule may not have been asked
        outcome = _summed(row.id, tries, entry)
        outcome.seconds = time.monotonic() - begun
        return outcome

    def _repeatable(self, row: Row) -> bool:
        """Not once repeats that all failed have taken long: where all is broken, that is no accident."""
        hopeful = not row.after and self.spent < REPEATING
        return hopeful and self.alive() and self.report.state != "died" and not self.stop()

    def _cared(self, row: Row, patience: float) -> Told:
        """One attempt, and a look at what it has left of the server."""
        begun = time.monotonic()
        told = self._attempt(row, patience)
        self._mend(row, told, time.monotonic() - begun)
        return told

    def _speaks_of(self, entry: Expected, row: Row) -> bool:
        return entry.fits(self.report.cell, row.id, self.report.versions)

    def _attempt(self, row: Row, patience: float) -> Told:
        driver = self.driver
        skip = _misplaced(row, driver)
        if skip:
            return Told(Status.SKIP, skip)
        driver.begin(patience)
        driver.random = random.Random(f"{self.order.seed}/{row.id}")
        try:
            seen = row.do(driver)
            return Told(Status.PASS, seen=seen or "")
        except Skip as why:
            return Told(Status.SKIP, str(why))
        except Findings as wrong:
            return Told(Status.FAIL, str(wrong), timeline=wrong.timeline[:KEPT], findings=wrong.ids)
        except Exception as wrong:  # a report that is no JSON, a scope without keys: the case tells of it
            text = str(wrong) if isinstance(wrong, Wrong) else f"{type(wrong).__name__}: {wrong}"
            return Told(Status.FAIL, text, timeline=driver.timeline()[:KEPT])
        finally:
            if row.odd:
                driver.odd.update(call.number for call in driver.look())
            driver.finish()


def _misplaced(row: Row, driver: Any) -> str:
    if row.where == "sockets" and driver.in_process:
        return "there is no server in process"
    return "in process only" if row.where == "process" and not driver.in_process else ""


def _summed(case: str, tries: list[Told], entry: Expected | None) -> Outcome:
    """One outcome out of all attempts, and of what was expected."""
    last = tries[-1]
    outcome = Outcome(case, last.status, last.message, last.seen, last.timeline, attempts=len(tries))
    outcome.findings = last.findings
    if entry is not None and last.status is Status.FAIL:
        outcome.status, outcome.message = Status.XFAIL, f"{entry.reason}: {last.message}"
    elif entry is not None and last.status is Status.PASS:
        outcome.status, outcome.message = Status.XPASS, f"expected to fail ({entry.reason}), but it passes"
    elif last.status is Status.PASS and len(tries) > 1:
        outcome.status = Status.FLAKY
        outcome.message = f"failed, and passed when repeated: {tries[0].message}"
        outcome.timeline, outcome.findings = tries[0].timeline, tries[0].findings
    return outcome
