"""What the search is worth: examples to the first finding, plain random draws against the campaign.

Tiers: "random" draws scenarios and does nothing else, "campaign" is what `asgisim fuzz` does.

    python -m tests.known_bugs.tiers [--examples N] [--seeds N] [ID ...]

Both get the app and nothing else, on the bad version of each entry of an app that is on record as found,
whose rule the fixed version does not break at all: so the rule alone says that it is this bug. Results go to
tests/known_bugs/tiers.json; docs/explanation/search.md has what they say.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import asgisim
from asgisim.cli.foreign_child import BOOT
from tests.known_bugs.entries import HERE, Entry, load
from tests.known_bugs.environments import NotBuilt, interpreter
from tests.known_bugs.run import read_results, write_results

RESULTS = HERE / "tiers.json"
TIERS = ("random", "campaign")
PATIENCE = 120.0  # seconds for one campaign, which has sixty
_BOOT = (
    BOOT.rpartition("from asgisim.cli")[0]
    + 'import runpy\nrunpy.run_path(sys.argv[2], run_name="__main__")\n'
)


def ask(entry: Entry, order: dict[str, Any]) -> dict[str, Any]:
    """The answer of child.py in the environment of the bad version; {} where there is none."""
    return answer(str(interpreter(entry, "bad")), order, entry.folder)


def answer(python: str, order: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The answer of child.py under an interpreter, in a folder."""
    package = str(Path(asgisim.__file__).parent)
    try:
        done = subprocess.run(
            [python, "-c", _BOOT, package, str(HERE / "child.py")],
            input=json.dumps(order) + "\n",
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return {}
    line = done.stdout.strip()
    return dict(json.loads(line)) if line else {}


def clear(entry: Entry, outcome: dict[str, Any]) -> bool:
    """Whether it was found, and by a rule that speaks of nothing else in this app."""
    if entry.middleware or entry.says or outcome.get("verdict") != "found":
        return False
    told = (one["rule"] for run in outcome["fixed"] for one in run.get("findings", ()))
    return not any(entry.expects(rule, entry.protocol) for rule in told)


def first(entry: Entry, tier: str, seed: int, examples: int) -> int | None:
    """Examples until the bug is told; None if it is not within the budget."""
    order = {
        "what": "first",
        "app": f"{entry.app}:app",
        "tier": tier,
        "seed": seed,
        "max_examples": examples,
        "max_time": 60.0,
        "expect": list(entry.expect),
        "protocol": entry.protocol,
    }
    found: int | None = ask(entry, order).get("examples")
    return found


def told(results: dict[str, dict[str, list[int | None]]]) -> str:
    """The table: for each tier how many were found, and the median of all, what was not found being later."""
    lines = ["| tier | found | of | median | three of four |\n| --- | --- | --- | --- | --- |\n"]
    for tier in TIERS:
        every = [one for outcome in results.values() for one in outcome.get(tier, ())]
        if not every:
            continue
        far = sorted(float("inf") if one is None else one for one in every)
        quarter = far[len(far) * 3 // 4]
        found = sum(one is not None for one in every)
        lines.append(f"| {tier} | {found} | {len(every)} | {statistics.median(far):g} | {quarter:g} |\n")
    return "".join(lines)


def main(arguments: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.known_bugs.tiers")
    parser.add_argument("ids", nargs="*", help="entries, or beginnings of their names; all by default")
    parser.add_argument("--examples", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tier", action="append", choices=TIERS, help="these alone; all by default")
    options = parser.parse_args(arguments)
    options.tier = options.tier or list(TIERS)
    record = read_results()
    results = read_results(RESULTS)
    for entry in load():
        chosen = not options.ids or entry.id.startswith(tuple(options.ids))
        if not chosen or not clear(entry, record.get(entry.id, {})):
            continue
        seeds = range(options.seeds)
        try:
            results[entry.id] = {
                **results.get(entry.id, {}),
                **{
                    tier: [first(entry, tier, seed, options.examples) for seed in seeds]
                    for tier in options.tier
                },
            }
        except NotBuilt as error:
            sys.stderr.write(f"{entry.id}: {error}\n")
            continue
        sys.stdout.write(f"{entry.id}: {results[entry.id]}\n")
        sys.stdout.flush()
        write_results(results, RESULTS)
    sys.stdout.write(told(results))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
