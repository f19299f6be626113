"""The JSON form that programs read: what docs/reference says of it stays as it is."""

from __future__ import annotations

import json as _json
from typing import Any

import asgisim
from asgisim.report import coverage
from asgisim.report.model import Item, Run


def data(run: Run) -> dict[str, Any]:
    """The report as plain data, ready for json.dumps."""
    target = run.target
    return {
        "asgisim": asgisim.__version__,
        "command": run.command,
        "edition": run.edition,
        "seed": run.seed,
        "target": {
            "app": target.app,
            "server": target.server,
            "loop": target.loop,
            "versions": dict(sorted(target.versions.items())),
        },
        "examples": run.examples,
        "seconds": round(run.seconds, 3),
        "interrupted": run.interrupted,
        "findings": [_item(item) for item in run.findings],
        "notes": [_item(item) for item in run.notes],
        "flaky": [_item(item) for item in run.flaky],
        "known": [_item(item) for item in run.known],
        "rules": {"held": run.held, "broken": run.broken, "not_exercised": run.not_exercised},
        "left_out": run.left_out,
        **({} if run.coverage is None else {"coverage": coverage.data(run.coverage)}),
    }


def text(run: Run) -> str:
    """One JSON object, indented, ended by a newline. ASCII only, so no terminal or locale can hurt it."""
    return _json.dumps(data(run), indent=2) + "\n"


def _item(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "rule": item.rule.id,
        "party": item.party,
        "level": item.rule.level.value,
        "protocol": item.protocol,
        "message": item.message,
        "count": item.count,
        "scenario": item.scenario,
        "trace": item.trace.to_json(),
        "replay": item.replay,
        "seed_file": item.seed_file,
        "caused_by": item.caused_by,
        "exchange": item.exchange,
        "step": item.step,
        "where": list(item.where),
        "url": item.rule.url,
    }
