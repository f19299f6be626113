"""``asgisim bench --self``: what asgisim itself costs, as ratios to a bare call of the same app."""

from __future__ import annotations

import argparse
import json
import platform
import sys

import asgisim
from asgisim import bench
from asgisim.cli.main import OK, UsageError
from asgisim.cli.output import check, emit


def run(options: argparse.Namespace) -> int:
    """Measure and report. Raises UsageError without --self: there are no other benchmarks yet."""
    if not options.self:
        raise UsageError("expected asgisim bench --self; what middlewares and peers cost is not there yet")
    check(options)
    if not options.quiet and sys.stderr.isatty():
        print(f"{options.rounds} rounds, about a second each; only the ratios mean anything", file=sys.stderr)
    rows = bench.measure(options.rounds, options.seed)
    if options.format == "json":
        versions = {"python": platform.python_version()}
        data = {"asgisim": asgisim.__version__, "command": "bench", "versions": versions, "rows": rows}
        emit(json.dumps(data, indent=2) + "\n", options)
    else:
        emit(bench.table(rows), options)
    return OK
