"""Fuzz servers with known bugs over sockets, bad and fixed version, with one order for all.

    python -m tests.known_bugs.servers.run [ID ...] [--budget SECONDS] [--seeds N] [--resume] [--table]
                                           [--held-out]

The campaign gets the server and nothing else. Found: a rule that the entry names is told on bad and not on
fixed. It ends early on bad once such a rule was seen each time; on fixed as many scenarios are played, for a
quarter of the budget at least: there, silence has to be shown. Further seeds are played on bad alone, each
until a rule is told that fixed did not tell. Results go to results.json beside this file, each as soon as it
is there, and the table in docs/known-bugs-servers.md is written from it. --part: for several processes, each
with a part of the entries. --held-out: the pairs of held_out.toml, on record in held_out.json.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from asgisim.drive.wire.record import Record
from asgisim.drive.wire.script import WireScenario
from asgisim.fuzz.findings import Key, key_of
from asgisim.fuzz.settings import Settings
from asgisim.judge import Finding
from asgisim.servers import ServerError, find
from asgisim.wire import campaign
from asgisim.wire.findings import WireCampaign, WireFound
from asgisim.wire.space import protocol_of
from asgisim.wire.target import Target
from tests.known_bugs.environments import NotBuilt
from tests.known_bugs.run import code
from tests.known_bugs.servers.entries import ENTRIES, HELD_OUT, Bug, load
from tests.known_bugs.servers.seeds import Told, seeds_of, wants_seeds
from tests.known_bugs.servers.table import write_table

RESULTS = Path(__file__).parent / "results.json"
HELD_OUT_RESULTS = HELD_OUT.with_suffix(".json")
BUDGET = 60.0
SILENCE = 1 / 4  # of the budget, for which the fixed version is looked at if it has not to be longer
MOST = 100_000  # scenarios, so that the time is what bounds a campaign
TRIES = 3  # times that a rule is looked at again before the end of the search
EARLY = 0.2  # share of the time, at most, that this takes from the search
PROTOCOLS = ("http", "websocket", "lifespan")
Sign = tuple[str, str]  # rule and protocol


class _Told(Exception):
    """One of the rules that were waited for has been seen each time."""


class _Until(campaign._Search):
    """A campaign in which what is waited for is seen again at once. ends: that is the end of it."""

    def __init__(self, target: Target, settings: Settings, bug: Bug, known: set[Sign], ends: bool) -> None:
        super().__init__(target, settings, None)
        self.bug = bug
        self.ends = ends
        self.known = known  # what is told on the fixed version as well
        self.tried: dict[Key, int] = {}
        self.early = 0.0  # seconds that went to looking again
        self.first: tuple[int, float] | None = None  # scenarios and seconds

    def go(self) -> WireCampaign:
        try:
            return self.run()
        except _Told:
            self.done.seconds = time.monotonic() - self.begun
            return self.done

    def _wanted(self, key: Key) -> bool:
        return self.bug.expects(key[0]) and (key[0], key[2]) not in self.known

    def _take(self, finding: Finding, one: WireScenario, played: Record, hasty: bool) -> None:
        super()._take(finding, one, played, hasty)
        key = key_of(finding, protocol_of(one))
        tried = self.tried.get(key, 0)
        if key in self.told or not self._wanted(key) or campaign._advisory(finding) or tried >= TRIES:
            return
        if self.early > EARLY * self.settings.max_time:
            return  # the campaign itself sees it again, at its end
        self.tried[key] = tried + 1
        begun = time.monotonic()
        seen = self._confirm(key)
        self.early += time.monotonic() - begun
        for _, witness, _bound in seen:
            self._told_as(key, True, witness)
        if any(key_of(one.finding, one.protocol) == key for one in self.done.wire_findings):
            return
        # Not seen again: other scenarios may still show it each time.
        self.told.discard(key)
        self.done.wire_flaky = [
            one for one in self.done.wire_flaky if key_of(one.finding, one.protocol) != key
        ]

    def _told_as(self, key: Key, stable: bool, witness: Any = None) -> None:
        super()._told_as(key, stable, witness)
        if stable and self._wanted(key) and not campaign._advisory(self.witnesses[key][0].finding):
            self.first = (self.done.examples, round(time.monotonic() - self.begun, 1))
            if self.ends:
                raise _Told


def run_side(
    bug: Bug,
    version: str,
    budget: float,
    *,
    most: int = MOST,
    known: set[Sign] | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """One campaign: {"examples", "seconds", "findings"}, or {"error"} where it could not be run.

    known: what is not waited for; with None the campaign goes to its end, and what it had no time to see
    again counts as told. most: scenarios.
    """
    settings = Settings(protocols=PROTOCOLS, max_examples=most, max_time=budget, seed=seed, small=False)
    try:
        server, loop = find(bug.server)
        target = Target(server, python=bug.interpreter(version), loop=loop)
        search = _Until(target, settings, bug, known or set(), known is not None)
        done = search.go()
    except (ServerError, NotBuilt) as error:
        return {"error": str(error).replace(str(Path.home()), "~")[-600:]}
    if done.interrupted:
        raise KeyboardInterrupt
    told = [_told(one, "") for one in done.wire_findings]
    told += [_told(one, "flaky") for one in done.wire_flaky]
    told += [_told(one, "note") for one in done.wire_notes]
    unsure = [rule for rule in done.unconfirmed if bug.expects(rule)]
    side = {"examples": done.examples, "seconds": round(done.seconds, 1), "findings": told}
    side.update({"unconfirmed": sorted(set(unsure))} if unsure else {})
    return {**side, **({"first": search.first} if search.first else {})}


def run_entry(bug: Bug, budget: float) -> dict[str, Any]:
    """Bad until the bug is told, then as much of fixed; again for what is not told on both."""
    known: set[Sign] = set()
    while True:
        bad = run_side(bug, bug.bad, budget, known=known)
        if "error" in bad:
            return {**verdict(bug, bad, bad), "bad": bad, "fixed": {}}
        fixed = _silent(bug, budget, bad)
        outcome = {**verdict(bug, bad, fixed), "bad": bad, "fixed": fixed}
        both = _signs(bug, bad) & _signs(bug, fixed) if "error" not in fixed else set()
        # What ended the search is told on fixed as well: the rest of it may have something else.
        if outcome["verdict"] != "told on fixed as well" or both <= known or "first" not in bad:
            return outcome
        known |= both


def _silent(bug: Bug, budget: float, bad: dict[str, Any]) -> dict[str, Any]:
    """The fixed version: as many scenarios as on bad, and at least a quarter of the budget."""
    begun = time.monotonic()
    fixed = run_side(bug, bug.fixed, max(bad["seconds"], budget * SILENCE))
    if "error" not in fixed and fixed["examples"] < bad["examples"]:
        left = 2 * budget - (time.monotonic() - begun)
        more = run_side(bug, bug.fixed, left, most=bad["examples"])
        fixed = more if "error" in more else {**more, "findings": [*fixed["findings"], *more["findings"]]}
    return fixed


def run_seed(bug: Bug, outcome: dict[str, Any], budget: float, seed: int) -> Told | None:
    """Another seed on bad: what it needed until a rule was told that fixed does not tell, None if none was.

    outcome: of the first seed, which has looked at fixed. Raises ServerError where it could not be run.
    """
    known = _against(outcome["fixed"])
    bad = run_side(bug, bug.bad, budget, known=known, seed=seed)
    if "error" in bad:
        raise ServerError(bad["error"])
    told = sorted(_signs(bug, bad) - known)
    return (*bad["first"], told[0][0]) if told else None


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
    """found, advice, missed, told on fixed as well, or not run; and the rules that told it.

    Advice: told as a note, since the text asks nothing there; it counts where an entry names the rule.
    """
    for side in (bad, fixed):
        if "error" in side:
            return {"verdict": "not run", "why": side["error"][-300:]}
    there, here = _signs(bug, bad), _against(fixed)
    both = sorted({rule for rule, _ in there & here})
    if there - here:
        return {
            "verdict": "found",
            "rules": sorted({rule for rule, _ in there - here}),
            "also on fixed": both,
        }
    notes = _signs(bug, bad, "note") - _signs(bug, fixed, "note")
    if notes:
        return {"verdict": "advice", "rules": sorted({rule for rule, _ in notes}), "also on fixed": both}
    return {"verdict": "told on fixed as well" if both else "missed", "rules": both}


def _signs(bug: Bug, side: dict[str, Any], kind: str = "") -> set[Sign]:
    """The expected rules among the findings that count."""
    return {
        (one["rule"], one["protocol"])
        for one in side.get("findings", ())
        if one.get("kind", "") == kind and bug.expects(one["rule"])
    }


def _against(fixed: dict[str, Any]) -> set[Sign]:
    """What fixed tells, be it only once or with no time to see it again."""
    told = {(one["rule"], one["protocol"]) for one in fixed["findings"] if one.get("kind", "") != "note"}
    return told | {(rule, protocol) for rule in fixed.get("unconfirmed", ()) for protocol in PROTOCOLS}


def read_results(path: Path = RESULTS) -> dict[str, Any]:
    """What is on record, by entry."""
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


@contextmanager
def kept(path: Path) -> Iterator[dict[str, Any]]:
    """The results, to be changed; no other process changes them meanwhile."""
    with open(f"{path}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        results = read_results(path)
        yield results
        lines = [
            f"{json.dumps(name)}: {json.dumps(results[name], sort_keys=True)}" for name in sorted(results)
        ]
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
        if path in (RESULTS, HELD_OUT_RESULTS):
            write_table(load(), read_results())


def main(arguments: list[str]) -> int:
    """The command line; 1 if an entry was not run."""
    parser = argparse.ArgumentParser(prog="python -m tests.known_bugs.servers.run")
    parser.add_argument("ids", nargs="*", help="entries, or beginnings of their names; all by default")
    parser.add_argument("--budget", type=float, default=BUDGET, help="seconds for a campaign")
    parser.add_argument("--seeds", type=int, default=1, help="how many are played, all but one on bad alone")
    parser.add_argument("--part", default="0/1", help="every so many, as 0/2 and 1/2")
    parser.add_argument("--backwards", action="store_true", help="the last entries first, beside another run")
    parser.add_argument("--table", action="store_true", help="only write the table anew")
    parser.add_argument("--resume", action="store_true", help="leave out what this very code has done")
    parser.add_argument("--held-out", action="store_true", help="the pairs that asgisim was not built with")
    parser.add_argument("--results", type=Path, help="the record, if not the one that belongs to the pairs")
    options = parser.parse_args(arguments)
    entries = HELD_OUT if options.held_out else ENTRIES
    record = options.results or (HELD_OUT_RESULTS if options.held_out else RESULTS)
    if options.table:
        write_table(load(), read_results())
        return 0
    status = 0
    number, parts = map(int, options.part.split("/"))
    chosen = [bug for bug in load(entries) if not options.ids or bug.id.startswith(tuple(options.ids))]
    chosen = chosen[::-1] if options.backwards else chosen
    stamp = {"budget": options.budget, "code": code()}
    before = read_results(record)
    mine = chosen[number::parts]  # before they are sorted: what is on record changes while others run
    for bug in sorted(mine, key=lambda bug: before.get(bug.id, {}).get("verdict") == "found"):
        outcome = read_results(record).get(bug.id, {})
        if not options.resume or any(outcome.get(key) != value for key, value in stamp.items()):
            outcome = {**stamp, **run_entry(bug, options.budget), "load": round(os.getloadavg()[0], 1)}
            status |= outcome["verdict"] == "not run"
            told = outcome.get("rules", outcome.get("why"))
            print(f"{bug.id}: {outcome['verdict']} {told} {outcome['bad'].get('first', '')}", flush=True)
            with kept(record) as results:
                results[bug.id] = outcome
        while wants_seeds(bug, outcome, options.seeds):
            seed = len(seeds_of(outcome))
            try:
                more = run_seed(bug, outcome, options.budget, seed)
            except ServerError as error:
                print(f"{bug.id}: seed {seed} not run {error}", flush=True)
                status = 1
                break
            print(f"{bug.id}: seed {seed} {more}", flush=True)
            outcome["seeds"] = [*outcome.get("seeds", ()), more]
            with kept(record) as results:
                results[bug.id] = outcome
    return status


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
