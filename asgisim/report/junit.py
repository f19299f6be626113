"""JUnit XML: a test case for each rule that was put to the test or missed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from asgisim.report import text as text_report
from asgisim.report.model import Item, Run
from asgisim.report.style import visible


@dataclass(frozen=True, slots=True)
class Case:
    """One test case. outcome: passed, failure, error or skipped; kind: what a failure is of, in a word."""

    name: str
    outcome: str = "passed"
    message: str = ""
    body: str = ""
    kind: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class Suite:
    """A test suite. group: the class name of its cases. file: the source they are about, where there is one.

    out: what goes with the suite as a whole, in words.
    """

    name: str
    group: str
    cases: list[Case] = field(default_factory=list)
    seconds: float = 0.0
    properties: Mapping[str, str] = field(default_factory=dict)
    file: str | None = None
    out: str = ""

    def count(self, outcome: str) -> int:
        """How many cases ended so."""
        return sum(case.outcome == outcome for case in self.cases)


def text(runs: Sequence[Run]) -> str:
    """The document: a suite for each run. Not exercised rules are skipped, never passed."""
    return document([_suite(run) for run in runs])


def document(suites: Sequence[Suite]) -> str:
    """The suites as XML, with the sums that readers want on the outermost element."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites {_counts('asgisim', suites)}>"]
    for suite in suites:
        lines += _lines(suite)
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _suite(run: Run) -> Suite:
    failed: dict[str, list[Item]] = {}
    for item in run.findings:
        failed.setdefault(item.rule.id, []).append(item)
    # A broken rule whose findings are all in the baseline passes as known.
    passed = sorted({*run.held, *run.broken} - set(failed))
    cases = [_failure(id, items) for id, items in failed.items()]
    cases += [Case(id) for id in passed]
    cases += [Case(id, "skipped", "not exercised") for id in run.not_exercised]
    target = run.target
    told = {"edition": run.edition, "seed": str(run.seed), "loop": target.loop, **target.versions}
    out = text_report.summary(run)
    name = f"asgisim {run.command} {target.name}"
    return Suite(name, target.name or "asgisim", cases, run.seconds, told, target.file, out)


def _failure(id: str, items: Sequence[Item]) -> Case:
    body = "\n".join(text_report.finding(item) for item in items)
    return Case(id, "failure", items[0].line(), body, items[0].rule.level.value)


def _counts(name: str, suites: Sequence[Suite]) -> str:
    numbers = {
        "tests": sum(len(suite.cases) for suite in suites),
        "failures": sum(suite.count("failure") for suite in suites),
        "errors": sum(suite.count("error") for suite in suites),
        "skipped": sum(suite.count("skipped") for suite in suites),
    }
    words = [f"name={_attribute(name)}", *(f'{key}="{number}"' for key, number in numbers.items())]
    return " ".join([*words, f'time="{sum(suite.seconds for suite in suites):.3f}"'])


def _lines(suite: Suite) -> Iterable[str]:
    yield f"<testsuite {_counts(suite.name, [suite])}>"
    if suite.properties:
        yield "<properties>"
        for name, value in suite.properties.items():
            yield f"<property name={_attribute(name)} value={_attribute(value)}/>"
        yield "</properties>"
    place = f" file={_attribute(suite.file)}" if suite.file else ""
    for case in suite.cases:
        head = f"<testcase classname={_attribute(suite.group)} name={_attribute(case.name)}{place}"
        head += f' time="{case.seconds:.3f}"'
        yield head + ("/>" if case.outcome == "passed" else f">{_outcome(case)}</testcase>")
    if suite.out:
        yield f"<system-out>{_words(suite.out)}</system-out>"
    yield "</testsuite>"


def _outcome(case: Case) -> str:
    message = f"message={_attribute(case.message)}"
    if case.outcome == "skipped":
        return f"<skipped {message}/>"
    kind = f"type={_attribute(case.kind)} " if case.kind else ""
    return f"<{case.outcome} {kind}{message}>{_words(case.body)}</{case.outcome}>"


def _words(words: str) -> str:
    return escape(visible(words))


def _attribute(words: str) -> str:
    return quoteattr(visible(words), {"\n": "&#10;"})
