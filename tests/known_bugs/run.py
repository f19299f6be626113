"""Fuzz every known bug in its bad and its fixed version, with one order for all, and tell what came of it.

    python -m tests.known_bugs.run [ID ...] [--budget SECONDS] [--seeds N] [--jobs N] [--resume]

The fuzzer gets the app and nothing else. Results go to tests/known_bugs/results.json, one entry after the
other (entries that were not run keep theirs), and the table in docs/known-bugs.md is written anew from that
file. Each result tells from which code it comes; --resume leaves out what this very code has done. Each seed
has its own campaigns; how they are counted is told in docs/known-bugs.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import statistics
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asgisim
from asgisim.cli import foreign
from asgisim.cli.campaigning import Order
from asgisim.fuzz.findings import Found
from asgisim.target import TargetError
from tests.known_bugs.entries import HERE, Entry, load
from tests.known_bugs.environments import CACHE, NotBuilt, interpreter
from tests.known_bugs.table import median, write_table

RESULTS = HERE / "results.json"
SHARES = (1 / 40, 1 / 10, 1 / 4, 1.0)  # of the budget, for one campaign after the other until the bug is told
_CRASHES = ("robust.crash", "robust.server-error", "robust.task-exception")


def run_side(entry: Entry, side: str, budget: float, seed: int) -> dict[str, Any]:
    """One campaign: {"budget", "examples", "seconds", "findings"}, or {"error"} where it could not be run."""
    order = Order(
        f"{entry.app}:{'make' if entry.middleware else 'app'}",
        max_examples=1_000_000,
        max_time=budget,
        seed=seed,
        middleware=entry.middleware,
    )
    try:
        result = foreign.run(str(interpreter(entry, side)), order, folder=str(entry.folder)).campaign
    except (TargetError, NotBuilt) as error:
        return {"error": str(error).replace(str(CACHE), "~").replace(str(Path.home()), "~")}
    except Exception:  # a broken answer of one worker must not end the whole run
        return {"error": traceback.format_exc(limit=3)}
    findings = [_told(entry, found) for found in result.findings]
    # Advice counts where an entry names the rule: the text asks nothing there, but the project mended it.
    for found in result.notes:
        if entry.expects(found.finding.rule.id, found.protocol):
            findings.append({**_told(entry, found), "note": True})
    spent = {"budget": round(budget, 1), "examples": result.examples, "seconds": round(result.seconds, 2)}
    return {**spent, "findings": findings}


def _told(entry: Entry, found: Found) -> dict[str, Any]:
    rule = found.finding.rule.id
    expected = entry.expects(rule, found.protocol)
    return {
        "rule": rule,
        "protocol": found.protocol,
        # The record is kept: paths of the machine do not belong there.
        "message": found.finding.detail.replace(f"{entry.folder}/", "").replace(str(Path.home()), "~")[:200],
        "where": _place(found.finding.where),
        "caused_by": found.caused_by,
        "first_example": found.first_example,
        "first_seconds": round(found.first_seconds, 3),
        "steps": sum(len(one.script) for one in found.scenario.exchanges),
        "scenario": found.scenario.to_json() if expected else None,
    }


def _place(where: tuple[str, ...]) -> str:
    """The innermost frame, without what differs between two environments."""
    return (
        re.sub(r".*(site-packages|lib/python[\d.]+|apps|middlewares)/", "", where[-1])[:120] if where else ""
    )


def signature(finding: dict[str, Any]) -> tuple[str, ...]:
    """What makes a finding on bad and one on fixed the same: rule, protocol, and the error if it has one."""
    plain = (finding["rule"], finding["protocol"])
    message = finding["message"]
    if finding.get("note"):
        return (*plain, message)
    if finding["rule"].startswith("between."):  # what differs is told in words, values and lengths after them
        told = re.sub(r"(?<!\[)b?'[^']*'|\(inner app.*", "", message.partition(", alone")[0])
        return (*plain, re.sub(r"\d+", "0", told))
    if finding["rule"] not in _CRASHES:
        # One demand can be broken in two ways: a key that is missing, and one that is None.
        return (*plain, *sorted(set(re.findall(r"\w+(?:Error|Exception)\b", message))))
    if message.startswith("Unicode"):  # the rest tells which byte it was
        return (*plain, message.partition(":")[0])
    named = re.sub(r"'([^']*)'", lambda match: match[0] if match[1].isidentifier() else "''", message)
    return (*plain, re.sub(r"\d+", "0", named))


def run_entry(entry: Entry, budget: float, seeds: int) -> dict[str, Any]:
    """Campaigns on bad for each seed, short ones first, until it tells the bug; and the verdict on all.

    The fixed version is looked at with the first seed alone, as long as any campaign took that told the bug,
    and for a quarter of the budget at least: there, silence has to be shown. It speaks against all seeds.
    """
    bad: dict[int, dict[str, Any]] = {}
    fixed: list[dict[str, Any]] = []
    looked = 0.0
    still = list(range(seeds))
    for share in SHARES:
        bad.update((seed, run_side(entry, "bad", budget * share, seed)) for seed in still)
        told = any(tells(entry, one) for seed in still for one in bad[seed].get("findings", ()))
        length = max(share, 1 / 4)
        if entry.fixed and (told or not looked) and length > looked:
            fixed, looked = [run_side(entry, "fixed", budget * length, 0)], length
        if any("error" in run for run in (*bad.values(), *fixed)):
            break
        still = [seed for seed, run in bad.items() if not telling(entry, run, fixed)]
        if not still:
            break
    runs = [_short(entry, run) if seed else run for seed, run in bad.items()]
    return {"bad": runs, "fixed": fixed, **verdict(entry, runs, fixed)}


def _short(entry: Entry, run: dict[str, Any]) -> dict[str, Any]:
    """A run with what is expected alone: the record has the rest from the first seed."""
    expected = [one for one in run.get("findings", ()) if entry.expects(one["rule"], one["protocol"])]
    return {**run, "findings": expected} if "findings" in run else run


def code(folder: Path = Path(asgisim.__file__).parent) -> str:
    """Eight hexadecimal digits that tell one state of asgisim's source from another."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:8]


def tells(entry: Entry, finding: dict[str, Any]) -> bool:
    """Whether a finding is one by which the bug can be found; its version may have others."""
    if not entry.expects(finding["rule"], finding["protocol"]):
        return False
    if not entry.says or not finding["rule"].startswith((*_CRASHES, "between.")):
        return True
    text = f"{finding['message']} {finding['where']} {json.dumps(finding['scenario'])}"
    return any(word in text for word in entry.says)


def telling(entry: Entry, run: dict[str, Any], fixed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The findings of a run on bad that tell the bug: expected, and not told on fixed."""
    # What only follows from another break on fixed does not speak against one that stands alone on bad.
    after = {signature(one) for other in fixed for one in other["findings"]}
    alone = {signature(one) for other in fixed for one in other["findings"] if not one["caused_by"]}
    return [
        one
        for one in run["findings"]
        if tells(entry, one) and signature(one) not in (after if one["caused_by"] else alone)
    ]


def verdict(entry: Entry, bad: list[dict[str, Any]], fixed: list[dict[str, Any]]) -> dict[str, Any]:
    """The verdict on all runs of an entry, with the median cost over all seeds.

    A seed that did not tell the bug counts as later than all that did. Found is what most seeds tell.
    """
    errors = [run["error"] for run in (*bad, *fixed) if "error" in run]
    if errors:
        return {"verdict": "not run", "why": errors[0]}
    told = [telling(entry, run, fixed) for run in bad]
    hits = [min(some, key=lambda one: int(one["first_example"])) for some in told if some]
    if not hits:
        both = any(tells(entry, one) for run in bad for one in run["findings"])
        return {"verdict": "told on fixed as well" if both else "missed"}
    return {
        "verdict": "found" if len(hits) > len(bad) / 2 else f"found in {len(hits)} of {len(bad)}",
        "rule": hits[0]["rule"],
        "note": all(one.get("note", False) for one in hits),
        "hits": len(hits),
        "first_example": median([one["first_example"] for one in hits], len(bad)),
        "first_seconds": median([one["first_seconds"] for one in hits], len(bad)),
        "steps": statistics.median(one["steps"] for one in hits),
    }


def read_results(path: Path = RESULTS) -> dict[str, Any]:
    """The results that are on record, by entry."""
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def write_results(results: dict[str, Any], path: Path = RESULTS) -> None:
    """Put them on record, a line for each entry, in order: what changed is then a line of the diff."""
    lines = [f"{json.dumps(name)}: {json.dumps(results[name], sort_keys=True)}" for name in sorted(results)]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def chosen(names: list[str]) -> list[Entry]:
    """The entries of these names; a name that no entry has stands for all that begin with it."""
    entries = load()
    known = {entry.id for entry in entries}
    beginnings = tuple(name for name in names if name not in known)
    return [one for one in entries if not names or one.id in names or one.id.startswith(beginnings)]


def main(arguments: list[str]) -> int:
    """The command line; 1 if an entry was not run."""
    parser = argparse.ArgumentParser(prog="python -m tests.known_bugs.run")
    parser.add_argument("ids", nargs="*", help="entries, or beginnings of their names; all by default")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds for a campaign")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="entries at a time; more than cores distorts")
    parser.add_argument("--resume", action="store_true", help="only what this code has not done yet")
    parser.add_argument("--dry", action="store_true", help="write neither results nor the table")
    options = parser.parse_args(arguments)
    entries = chosen(options.ids)
    stamp = {"code": code(), "budget": options.budget, "seeds": options.seeds}
    if options.resume:
        done = read_results()
        entries = [one for one in entries if not _has(done.get(one.id, {}), stamp)]
    status = 0
    pool = ThreadPoolExecutor(options.jobs)  # the work is done in other processes
    outcomes = pool.map(lambda one: run_entry(one, options.budget, options.seeds), entries)
    for entry, outcome in zip(entries, outcomes, strict=True):
        _say(entry, outcome)
        status |= outcome["verdict"] == "not run"
        if not options.dry:
            results = {**read_results(), entry.id: {**stamp, **outcome}}
            write_results(results)
            write_table(load(), results)
    return status


def _has(outcome: dict[str, Any], stamp: dict[str, Any]) -> bool:
    return outcome.get("verdict") != "not run" and all(outcome.get(key) == stamp[key] for key in stamp)


def _say(entry: Entry, outcome: dict[str, Any]) -> None:
    print(f"{entry.id}: {outcome['verdict']}", end=" ")
    if outcome["verdict"] == "found":
        first = f"example {outcome['first_example']:g}, {outcome['first_seconds']:.2f} s"
        seeds = f"{outcome['hits']} of {len(outcome['bad'])} seeds"
        note = " as a note" if outcome["note"] else ""
        print(f"by {outcome['rule']} ({first}, {seeds}){note}", flush=True)
        return
    print(outcome.get("why", ""), flush=True)
    for side in entry.sides:
        for run in outcome[side][:1]:
            for one in run.get("findings", ()):
                place = one["where"][-60:]
                print(f"    {side}: {one['rule']} {one['protocol']}: {one['message'][:110]} {place}")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
