"""The grid as SARIF 2.1.0: a rule for each case that failed, a result for each cell in which it did."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import asgisim.grid.tally as tally
from asgisim.grid.model import Case, CellReport, GridReport
from asgisim.report.grid import text as text_report
from asgisim.report.markdown import fenced
from asgisim.report.sarif import location, log, run_of

_DIED = Case("cell/died", "cell", "The server outlives the cases.")


def data(report: GridReport) -> dict[str, Any]:
    """The log as plain data."""
    found = tally.failures(report)
    died = [one for one in tally.troubles(report) if one.state == "died"]
    cases = list({one.case.id: one.case for one in found}.values()) + ([_DIED] if died else [])
    places = {case.id: index for index, case in enumerate(cases)}
    results = [_result(one, cell, places) for one in found for cell in one.cells]
    results += [_made(_DIED, cell, cell.reason, "", places) for cell in died]
    notes = [
        f"{one.cell.id}: {one.reason}" for one in report.cells if one.state in ("not-installed", "cannot-run")
    ]
    made = run_of("asgisim grid", [_rule(case) for case in cases], results, notes, not report.interrupted)
    return log([made])


def text(report: GridReport) -> str:
    """The log as JSON text."""
    return json.dumps(data(report), indent=2) + "\n"


def _rule(case: Case) -> dict[str, Any]:
    where = f"\n\n{case.section}" if case.section else ""
    sentence = case.sentence or case.id
    return {
        "id": case.id,
        "shortDescription": {"text": sentence},
        "fullDescription": {"text": sentence},
        "help": {"text": f"{sentence}{where}"},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["asgi", "grid", case.category], "precision": "high"},
    }


def _result(failure: tally.Failure, cell: CellReport, places: dict[str, int]) -> dict[str, Any]:
    body = text_report.failure(
        tally.Failure(failure.case, failure.status, failure.message, failure.first, (cell,))
    )
    return _made(failure.case, cell, f"{failure.status.value}: {failure.message}", body, places)


def _made(case: Case, cell: CellReport, words: str, body: str, places: dict[str, int]) -> dict[str, Any]:
    name = cell.cell.id
    message = {"text": f"{name}: {words or case.sentence}\n\n{body or cell.rerun}".rstrip()}
    if body:
        message["markdown"] = "\n".join(fenced(body))
    key = hashlib.sha256(f"{case.id} {name}".encode("utf-8", "backslashreplace")).hexdigest()[:16]
    return {
        "ruleId": case.id,
        "ruleIndex": places[case.id],
        "level": "error",
        "message": message,
        "locations": [location(name, None)],
        "partialFingerprints": {"asgisim/grid/v1": key},
    }
