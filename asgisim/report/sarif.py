"""SARIF 2.1.0, as code scanning services read it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import asgisim
from asgisim.report import text as text_report
from asgisim.report.model import Item, Run
from asgisim.spec.rules import Level, Rule

_LEVELS = {Level.MUST: "error", Level.SHOULD: "warning", Level.IMPLIED: "warning"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def data(runs: Sequence[Run]) -> dict[str, Any]:
    """The log as plain data: a SARIF run for each run."""
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(run) for run in runs]}


def text(runs: Sequence[Run]) -> str:
    """The log as JSON text."""
    return json.dumps(data(runs), indent=2) + "\n"


def _run(run: Run) -> dict[str, Any]:
    rules = list({item.rule.id: item.rule for item in run.findings}.values())
    places = {rule.id: index for index, rule in enumerate(rules)}
    driver = {
        "name": "asgisim",
        "version": asgisim.__version__,
        "rules": [_rule(rule) for rule in rules],
    }
    return {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": not run.interrupted}],
        "results": [_result(item, run, places[item.rule.id]) for item in run.findings],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": rule.says},
        "defaultConfiguration": {"level": _LEVELS.get(rule.level, "note")},
    }
    if rule.hint:
        made["help"] = {"text": rule.hint}
    return {**made, "helpUri": rule.url} if rule.url else made


def _result(item: Item, run: Run, index: int) -> dict[str, Any]:
    # What is judged is behaviour, not a line: the app's file stands for it, its name says what it is.
    place: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": run.target.name, "kind": "object"}]}
    if run.target.file:
        artifact = {"uri": run.target.file.lstrip("/")}
        place["physicalLocation"] = {"artifactLocation": artifact, "region": {"startLine": 1}}
    return {
        "ruleId": item.rule.id,
        "ruleIndex": index,
        "level": _LEVELS.get(item.rule.level, "note"),
        "message": {"text": f"{item.line()}\n\n{text_report.finding(item)}"},
        "locations": [place],
        "partialFingerprints": {"asgisim/v1": item.id},
    }
