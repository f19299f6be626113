"""SARIF 2.1.0, as code scanning services read it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import asgisim
from asgisim.report import text as text_report
from asgisim.report.markdown import fenced
from asgisim.report.model import Item, Run
from asgisim.spec.rules import Level, Rule

_LEVELS = {Level.MUST: "error", Level.SHOULD: "warning", Level.IMPLIED: "warning"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def data(runs: Sequence[Run]) -> dict[str, Any]:
    """The log as plain data: a SARIF run for each run."""
    return log([_run(run) for run in runs])


def text(runs: Sequence[Run]) -> str:
    """The log as JSON text."""
    return json.dumps(data(runs), indent=2) + "\n"


# The parts, which the grid's report is made of too.


def log(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A log file."""
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": list(runs)}


def run_of(
    category: str,
    rules: Sequence[dict[str, Any]],
    results: Sequence[dict[str, Any]],
    notes: Sequence[str] = (),
    ended: bool = True,
) -> dict[str, Any]:
    """One run. category: tells runs of one upload apart. notes: in words. ended: not interrupted."""
    driver = {"name": "asgisim", "version": asgisim.__version__, "rules": list(rules)}
    invocation: dict[str, Any] = {"executionSuccessful": ended}
    if notes:
        invocation["toolExecutionNotifications"] = [
            {"level": "note", "message": {"text": words}} for words in notes
        ]
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"{category}/"},
        "invocations": [invocation],
        "results": list(results),
    }


def location(name: str, file: str | None, line: int | None = None) -> dict[str, Any]:
    """Where a result is shown: code scanning takes none without a file, so the name stands for one."""
    artifact = {"uri": _uri(file or name)}
    return {
        "physicalLocation": {"artifactLocation": artifact, "region": {"startLine": line or 1}},
        "logicalLocations": [{"fullyQualifiedName": name, "kind": "object"}],
    }


def _uri(path: str) -> str:
    path = path.replace("\\", "/")
    if path.startswith("/"):
        return f"file://{quote(path, errors='surrogatepass')}"
    return quote(f"/{path}" if path[1:3] == ":/" else path, safe="/~", errors="surrogatepass")


def _run(run: Run) -> dict[str, Any]:
    rules = list({item.rule.id: item.rule for item in run.findings}.values())
    places = {rule.id: index for index, rule in enumerate(rules)}
    flaky = [f"Seen once and not again, so not counted: {item.line()}" for item in run.flaky]
    return run_of(
        f"asgisim {run.command} {run.target.name}",
        [_rule(rule) for rule in rules],
        [_result(item, run, places[item.rule.id]) for item in run.findings],
        [*(f"Not checked: {words}" for words in run.left_out), *flaky],
        not run.interrupted,
    )


def _rule(rule: Rule) -> dict[str, Any]:
    more = f"\n\n{rule.url}" if rule.url else ""
    made: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": rule.says},
        "fullDescription": {"text": rule.says},
        "help": {"text": f"{rule.hint or rule.says}{more}"},
        "defaultConfiguration": {"level": _LEVELS.get(rule.level, "note")},
        "properties": {"tags": ["asgi", rule.level.value], "precision": "very-high"},
    }
    return {**made, "helpUri": rule.url} if rule.url else made


def _result(item: Item, run: Run, index: int) -> dict[str, Any]:
    # What is judged is behaviour, not a line: where no frame of the app tells one, its file stands for it.
    file = run.target.file
    body = text_report.finding(item)
    made: dict[str, Any] = {
        "ruleId": item.rule.id,
        "ruleIndex": index,
        "level": _LEVELS.get(item.rule.level, "note"),
        "message": {
            "text": f"{item.gravity}: {item.message}\n\n{body}",
            "markdown": "\n".join(fenced(body)),
        },
        "locations": [location(run.target.name, file, item.line_in(file))],
        "partialFingerprints": {"asgisim/v1": item.id},
        "occurrenceCount": max(1, item.count),
    }
    if item.where:
        made["stacks"] = [_stack(item)]
    return made


def _stack(item: Item) -> dict[str, Any]:
    """Where it was, innermost first as SARIF has it."""
    frames = [{"location": {"message": {"text": frame}}} for frame in reversed(item.where)]
    return {"message": {"text": "raised at" if item.raised else "where it waits"}, "frames": frames}
