"""From a trace to verdicts: which rules were broken, which held, which were never reached.

`judge` reads a whole trace. `Watch` judges one exchange step by step, for drivers that want to know at
once (the Lint middleware). Neither runs anything: what they say follows from the steps alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgisim.judge.cells import RULES, cells_of
from asgisim.judge.coverage import Coverage, Place
from asgisim.judge.exact import JudgeDefect as JudgeDefect
from asgisim.judge.exact import take_defects as take_defects
from asgisim.judge.report import BrokenRules as BrokenRules
from asgisim.judge.report import Finding as Finding
from asgisim.judge.report import Report as Report
from asgisim.judge.report import is_fault as is_fault
from asgisim.judge.watch import Watch as Watch
from asgisim.model import trace as t
from asgisim.model.trace import Trace
from asgisim.spec.editions import Edition
from asgisim.spec.editions import edition as read_edition


def judge(trace: Trace, edition: str | Edition | None = None) -> Report:
    """Judge a whole trace.

    edition: the text to judge by, as ``2.3`` or ``2.3 (2023-05)``; by default the spec_version that
    each scope announces. Returns the Report; raises ValueError for an edition that does not exist.
    """
    forced = edition if isinstance(edition, Edition) else None
    if isinstance(edition, str):
        forced = read_edition(edition)
    watches: dict[int, Watch] = {}
    for index, (kind, data, exchange, _) in enumerate(trace.steps):
        if kind == t.SCOPE:
            watches[exchange] = Watch(data, forced, exchange, index)
        elif exchange in watches and (feed := _FEED.get(kind)) is not None:
            feed(watches[exchange], data, index)
    return _report(trace, list(watches.values()))


def _report(trace: Trace, watches: list[Watch]) -> Report:
    report = Report(trace)
    found: list[Finding] = []
    bits = 0
    for watch in watches:
        found += watch.findings
        bits |= watch.bits
    report.exercised = bits & RULES
    report.cells.update(cells_of(bits))
    if found:
        found.sort(key=lambda finding: finding.step)
        report.findings = [finding for finding in found if is_fault(finding)]
        report.notes = [finding for finding in found if not is_fault(finding)]
    if Place.coverage is not None:
        _gather(Place.coverage, report, watches)
    return report


def _gather(coverage: Coverage, report: Report, watches: list[Watch]) -> None:
    for watch in watches:
        coverage.take(watch)
    coverage.tell(report.findings)


def _sent(watch: Watch, data: Any, index: int) -> None:
    if data not in ("blocked", "resumed"):
        watch.failed(index, data)


# What each kind of step tells the watch of its exchange. The others are judged by nobody.
_FEED: dict[str, Callable[[Watch, Any, int], None]] = {
    t.RECEIVE: Watch.receive,
    t.SEND: Watch.send,
    t.WAIT: Watch.waited,
    t.SENT: _sent,
    t.LEFT: Watch.left,
    t.RETURN: Watch.returned,
    t.RAISE: Watch.raised,
    t.CANCEL: Watch.cancelled,
    t.FACT: Watch.fact,
}
