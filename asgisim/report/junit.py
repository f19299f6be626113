"""JUnit XML: a test case for each rule that was put to the test or missed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from asgisim.report import text as text_report
from asgisim.report.model import Item, Run

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(runs: Sequence[Run]) -> str:
    """The document: a suite for each run. Not exercised rules are skipped, never passed."""
    suites = [_suite(run) for run in runs]
    return (
        "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", *suites, "</testsuites>"]) + "\n"
    )


def _suite(run: Run) -> str:
    failed: dict[str, list[Item]] = {}
    for item in run.findings:
        failed.setdefault(item.rule.id, []).append(item)
    # A broken rule whose findings are all in the baseline passes as known.
    passed = sorted({*run.held, *run.broken} - set(failed))
    total = len(failed) + len(passed) + len(run.not_exercised)
    name = f"asgisim {run.command} {run.target.name}"
    lines = [
        f'<testsuite name={_attribute(name)} tests="{total}" failures="{len(failed)}" errors="0" '
        f'skipped="{len(run.not_exercised)}" time="{run.seconds:.3f}">'
    ]
    lines += [line for id, items in failed.items() for line in _failure(run, id, items)]
    lines += [f"<testcase {_case(run, id)}/>" for id in passed]
    lines += [
        f'<testcase {_case(run, id)}><skipped message="not exercised"/></testcase>'
        for id in run.not_exercised
    ]
    return "\n".join([*lines, "</testsuite>"])


def _failure(run: Run, id: str, items: list[Item]) -> list[str]:
    body = "\n".join(text_report.finding(item) for item in items)
    kind = _attribute(items[0].rule.level.value)
    return [
        f"<testcase {_case(run, id)}>",
        f"<failure type={kind} message={_attribute(items[0].line())}>{escape(_clean(body))}</failure>",
        "</testcase>",
    ]


def _case(run: Run, id: str) -> str:
    return f"classname={_attribute(run.target.name or 'asgisim')} name={_attribute(id)}"


def _attribute(words: str) -> str:
    return quoteattr(_clean(words), {"\n": "&#10;"})


def _clean(words: str) -> str:
    return _FORBIDDEN.sub("?", words)
