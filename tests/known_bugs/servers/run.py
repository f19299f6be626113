"""Fuzz servers with known bugs over sockets, bad and fixed version, with one order for all.

    python -m tests.known_bugs.servers.run [ID ...] [--budget SECONDS] [--resume] [--table]

The campaign gets the server and nothing else. Found: a rule that the entry names is told on bad and not on
fixed. False alarm: such a rule is told on fixed as well, and on bad. Results go to results.json beside this
file, one entry after the other, and the table in docs/known-bugs-servers.md is written from it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asgisim.fuzz.campaign import Settings
from asgisim.servers import ServerError, find
from asgisim.wire.campaign import Target, WireFound, fuzz_wire
from tests.known_bugs.environments import NotBuilt, built

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
TABLE = HERE.parents[2] / "docs" / "known-bugs-servers.md"
BUDGET = 120.0
LEFT_OUT = {
    "uvicorn-root-path-not-in-path": "shows only behind --root-path, which the campaign does not give",
    "uvicorn-wsproto-no-max-size": "shows only under a message limit that somebody has set",
    "daphne-ws-no-message-limit": "no rule: the specification knows no limit of a message",
    "daphne-ws-gets-http-503": "shows only under a time limit of some seconds that somebody has set",
    "gunicorn-idle-keepalive-never-closed": "no rule: how long a connection stays is the server's own matter",
    "gunicorn-shutdown-waits-for-closed-connections": "no rule: a slow stop is the server's own matter",
    "a2wsgi-spec-version-3.0": "an adapter that calls ASGI apps under WSGI, no server with a socket",
    "a2wsgi-receive-after-body": "an adapter that calls ASGI apps under WSGI, no server with a socket",
    "asgiref-wsgi-client-none": "an adapter of WSGI apps, on the app's side of ASGI",
    "asgiref-wsgi-root-path": "an adapter of WSGI apps, on the app's side of ASGI",
}


@dataclass(frozen=True, slots=True)
class Bug:
    """One pair. server: the name as --server takes it. expect: ids or prefixes (with a dot at the end)."""

    id: str
    package: str
    bad: str
    fixed: str
    python: str
    server: str
    pins: list[str]
    expect: list[str]
    other: tuple[str, ...] = ()

    def interpreter(self, version: str) -> str:
        """The Python of this version's environment. Raises NotBuilt."""
        return str(built(self.python, (f"{self.package}=={version}", *self.pins)))

    def expects(self, rule: str) -> bool:
        """Whether finding this rule broken is finding this bug."""
        return rule not in self.other and any(
            rule == name or (name.endswith(".") and rule.startswith(name)) for name in self.expect
        )


def load(path: Path = HERE / "entries.toml") -> list[Bug]:
    """All entries. Raises TypeError for one that is not whole."""
    return [Bug(**one) for one in tomllib.loads(path.read_text("utf-8"))["bug"]]


def run_side(bug: Bug, version: str, budget: float) -> dict[str, Any]:
    """One campaign: {"examples", "seconds", "findings"}, or {"error"} where it could not be run."""
    try:
        server, loop = find(bug.server)
        target = Target(server, python=bug.interpreter(version), loop=loop)
        done = fuzz_wire(
            target,
            Settings(
                protocols=("http", "websocket", "lifespan"), max_examples=1500, max_time=budget, small=False
            ),
        )
    except (ServerError, NotBuilt) as error:
        return {"error": str(error).replace(str(Path.home()), "~")[-600:]}
    told = [_told(one, "") for one in done.wire_findings]
    told += [_told(one, "flaky") for one in done.wire_flaky]
    told += [_told(one, "note") for one in done.wire_notes]
    return {"examples": done.examples, "seconds": round(done.seconds, 1), "findings": told}


def _told(found: WireFound, kind: str) -> dict[str, Any]:
    finding = found.finding
    return {
        "rule": finding.rule.id,
        "protocol": found.protocol,
        "message": finding.detail.replace(str(Path.home()), "~")[:200],
        "steps": len(found.scenario.steps),
        **({"kind": kind} if kind else {}),
    }


def verdict(bug: Bug, bad: dict[str, Any], fixed: dict[str, Any]) -> dict[str, Any]:
    """found, missed, told on fixed as well, or not run; and the rules that told it."""
    for side in (bad, fixed):
        if "error" in side:
            return {"verdict": "not run", "why": side["error"][-300:]}
    there, here = _rules(bug, bad), _rules(bug, fixed)
    if there - here:
        return {"verdict": "found", "rules": sorted(there - here), "also on fixed": sorted(there & here)}
    if there:
        return {"verdict": "told on fixed as well", "rules": sorted(there)}
    return {"verdict": "missed", "rules": []}


def _rules(bug: Bug, side: dict[str, Any]) -> set[str]:
    """The expected rules among the findings that count."""
    return {one["rule"] for one in side["findings"] if not one.get("kind") and bug.expects(one["rule"])}


def read_results(path: Path = RESULTS) -> dict[str, Any]:
    """What is on record, by entry."""
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def write_table(results: dict[str, Any]) -> None:
    """The page with one row an entry."""
    rows = []
    counts: dict[str, int] = {}
    for bug in load():
        told = results.get(bug.id, {"verdict": "not run yet"})
        counts[told["verdict"]] = counts.get(told["verdict"], 0) + 1
        rules = ", ".join(f"`{rule}`" for rule in told.get("rules", ()))
        played = " / ".join(
            str(told[side]["examples"]) for side in ("bad", "fixed") if "examples" in told.get(side, {})
        )
        rows.append(
            f"| {bug.id} | {bug.server} | {bug.bad} | {bug.fixed} | {played} | {told['verdict']} | {rules} |"
        )
    summary = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    TABLE.write_text(
        "# Known bugs of servers, over sockets\n\n"
        "Each pair of versions was chosen, with the rules that would tell its bug, before the first run\n"
        "(`tests/known_bugs/servers/entries.toml`). `python -m tests.known_bugs.servers.run` plays the same\n"
        "campaign on all and writes this page.\n\n"
        "Found: a rule that the entry names is told on the bad version and not on the fixed one. Told\n"
        "on fixed as well: it is told on both, be it another mistake or our own. Missed: it is told on\n"
        "neither, or only for another mistake. Played: scenarios on the bad and on the fixed version within\n"
        "the budget, which is time of the clock: this record was made on two cores that twenty processes\n"
        "shared, so little of each campaign was reached.\n\n"
        f"{summary}.\n\n| bug | server | bad | fixed | played | verdict | told by |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n" + "\n".join(rows) + "\n\n"
        "## Left out\n\n" + "\n".join(f"- {id}: {why}." for id, why in LEFT_OUT.items()) + "\n",
        "utf-8",
    )


def main(arguments: list[str]) -> int:
    """The command line; 1 if an entry was not run."""
    parser = argparse.ArgumentParser(prog="python -m tests.known_bugs.servers.run")
    parser.add_argument("ids", nargs="*", help="entries, or beginnings of their names; all by default")
    parser.add_argument("--budget", type=float, default=BUDGET, help="seconds for a campaign")
    parser.add_argument("--table", action="store_true", help="only write the table anew")
    parser.add_argument("--resume", action="store_true", help="leave out what is on record")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the record")
    options = parser.parse_args(arguments)
    if options.table:
        write_table(read_results())
        return 0
    status = 0
    for bug in load():
        if options.ids and not bug.id.startswith(tuple(options.ids)):
            continue
        if options.resume and bug.id in read_results(options.results):
            continue
        bad, fixed = (run_side(bug, version, options.budget) for version in (bug.bad, bug.fixed))
        outcome = {"budget": options.budget, **verdict(bug, bad, fixed), "bad": bad, "fixed": fixed}
        status |= outcome["verdict"] == "not run"
        print(f"{bug.id}: {outcome['verdict']} {outcome.get('rules', outcome.get('why'))}", flush=True)
        results = {**read_results(options.results), bug.id: outcome}
        options.results.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", "utf-8")
        if options.results == RESULTS:
            write_table(results)
    return status


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
