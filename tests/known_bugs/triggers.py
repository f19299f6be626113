"""What shrinking is worth: our smallest examples against triggers that were written by hand.

    python -m tests.known_bugs.triggers FOLDER [ID ...]

FOLDER holds a script for each bug, ID.py, that plays the server by hand and ends with BUG or OK. Both run in
the environment of the bad version, and what is counted is the same: the events that `receive` gives to the
app. A script may run more exchanges than one, to show the difference between them; our example is one
scenario. Results go to tests/known_bugs/triggers.json; docs/explanation/search.md has what they say.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from typing import Any

from tests.known_bugs.entries import HERE, Entry, load
from tests.known_bugs.run import read_results, write_results
from tests.known_bugs.tiers import ask

RESULTS = HERE / "triggers.json"


def smallest(outcome: dict[str, Any]) -> dict[str, Any] | None:
    """The smallest scenario on record by which the bug was told."""
    told = [
        one
        for run in outcome["bad"]
        for one in run.get("findings", ())
        if one["scenario"] is not None and one["rule"] == outcome["rule"] and one["caused_by"] is None
    ]
    return min(told, key=lambda one: int(one["steps"]), default=None)


def compared(entry: Entry, outcome: dict[str, Any], script: Path) -> dict[str, int] | None:
    """Events in our example and by hand, and the steps of our script; None where one could not be run."""
    ours = smallest(outcome)
    if ours is None:
        return None
    order = {"what": "given", "app": f"{entry.app}:app", "scenario": ours["scenario"]}
    given = ask(entry, order).get("events")
    by_hand = ask(entry, {"what": "script", "script": str(script)}).get("events")
    if given is None or by_hand is None:
        return None
    return {"ours": given, "by hand": by_hand, "steps": ours["steps"]}


def told(results: dict[str, dict[str, int]]) -> str:
    """The figures, in a line."""
    medians = {
        key: statistics.median(one[key] for one in results.values()) for key in ("ours", "by hand", "steps")
    }
    more = sum(one["ours"] > one["by hand"] for one in results.values())
    return (
        f"{len(results)} bugs: the median of ours gives the app {medians['ours']:g} events, that by hand "
        f"{medians['by hand']:g}; ours has {medians['steps']:g} steps; ours is longer in {more}\n"
    )


def main(arguments: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.known_bugs.triggers")
    parser.add_argument("folder", type=Path)
    parser.add_argument("ids", nargs="*", help="entries, or beginnings of their names; all by default")
    options = parser.parse_args(arguments)
    record = read_results()
    results = read_results(RESULTS)
    for entry in load():
        script = options.folder / f"{entry.id}.py"
        chosen = not options.ids or entry.id.startswith(tuple(options.ids))
        outcome = record.get(entry.id, {})
        if entry.middleware or not chosen or not script.exists() or outcome.get("verdict") != "found":
            continue
        one = compared(entry, outcome, script.resolve())
        sys.stdout.write(f"{entry.id}: {one}\n")
        sys.stdout.flush()
        if one is not None:
            results[entry.id] = one
            write_results(results, RESULTS)
    sys.stdout.write(told(results))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
