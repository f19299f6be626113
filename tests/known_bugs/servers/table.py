"""The page with one row a pair."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.known_bugs.servers.entries import HELD_OUT, Bug, load
from tests.known_bugs.servers.left_out import LEFT_OUT
from tests.known_bugs.servers.seeds import medians, seeds_of, word

PAGE = Path(__file__).parents[3] / "docs" / "known-bugs-servers.md"

HEAD = """# Known bugs of servers, over sockets

Each pair of versions was chosen, with the rules that would tell its bug, before the first run
(`tests/known_bugs/servers/entries.toml`). `python -m tests.known_bugs.servers.run` plays the same
campaign on all, 60 seconds of the clock for each, and writes this page.

Found: a rule that the entry names is told on the bad version, seen each of three more times, and not on
the fixed one. Advice: it is told as a note, since the text asks nothing there. Told on fixed as well: it is
told on both, be it another mistake or our own. Missed: it is told on neither, or only for another mistake.
Played: scenarios on the bad version (until the bug was told) and on the fixed one.

Seeds: how many of those that were played on the bad version told it, each in 60 seconds at most. Scenarios
and seconds until then are those of the seed in the middle; a seed that told nothing counts as later than all
others. Five were played for each pair but those of which it is known why no rule tells them, and those that
the first seed told as advice or on both. Found is what at least three of five told; less is now and then.

The seconds are by the clock, on a machine of two cores that had other work to do as well: the state of the
code (old: from before it was written down) and the load (processes that wanted a core, a minute's mean) stand
below. Where an entry names a family of rules (`wire.ws.` and the like), what told it may be another mistake
that the same release mended: the column on the right says by which rule. Entries whose rules were changed
after a first run say so.
"""

COLUMNS = (
    "| bug | server | bad | fixed | played | seeds | scenarios | seconds | verdict | told by |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
)
HELD_OUT_HEADS = {
    1: """## Held out

Pairs that asgisim was not built with, and that the table above did not have: bugs out of release notes of
the servers and of the parsers behind them. They and the rules that would tell them were committed
(`tests/known_bugs/servers/held_out.toml`) before the first run, and no rule was changed after it. That each
bug is in the bad version and not in the fixed one was seen before, with a hand-made client on a plain
socket: of 21 pairs that were tried in this way, one could not be installed and one showed no difference; of
the other nineteen these twelve were taken, so that no mistake is there twice. `--held-out` runs them with the
same order and time, one seed each.
""",
    2: """
## Held out again

What the first of these rounds missed was mended, so a second one was gathered in the same way. 39 pairs were
driven by hand, the newest of each server and parser first. Seventeen showed a difference that the text asks
for, were not in the findings and had no fellow among the others; of these, fourteen were taken by their order
alone. Again they and their rules were committed before the first run.
""",
}

AFTER_HEADS = {
    1: """
Those misses were then held against the text. Five of them showed lacks of asgisim, which were mended, each
with a mutant. The measure above stands as it was: it is of asgisim as it had been built. These pairs are no
longer held out, and with what was mended they give this:
""",
    2: """
Two of them were lacks of asgisim that an exchange of its own mends. The measure above stands as it was.
""",
}


def write_table(bugs: Sequence[Bug], results: dict[str, Any], page: Path = PAGE) -> None:
    """Write the page anew."""
    rows, counts = [], Counter[str]()
    for bug in bugs:
        row, verdict = _row(bug, results.get(bug.id))
        rows.append(row)
        counts[verdict] += 1
    states = Counter(one["code"] for one in results.values() if "code" in one)
    loads = sorted(one["load"] for one in results.values() if "load" in one)
    stamp = "State of the code: " + ", ".join(f"{name} ({n})" for name, n in states.most_common()) + "."
    stamp += f" Load {loads[0]} to {loads[-1]}, median {loads[len(loads) // 2]}." if loads else ""
    summary = f"{len(rows)} pairs: " + ", ".join(f"{count} {name}" for name, count in counts.most_common())
    missed = [bug for bug in bugs if bug.miss]
    page.write_text(
        f"{HEAD}\n{summary}. {stamp}\n\n"
        f"{COLUMNS}{_lines(rows)}\n"
        "## Missed, and why\n\n" + "".join(f"- {bug.id}: {bug.miss}.\n" for bug in missed) + "\n"
        "## Left out\n\n" + "".join(f"- {id}: {why}.\n" for id, why in LEFT_OUT.items()) + "\n" + _held_out(),
        "utf-8",
    )


def _held_out() -> str:
    """The sections of the pairs that asgisim was not built with, each round for itself."""
    return "".join(_round(number, head) for number, head in HELD_OUT_HEADS.items())


def _round(number: int, head: str) -> str:
    bugs = [bug for bug in load(HELD_OUT) if bug.round == number]
    record = HELD_OUT.with_suffix(".json")
    results, later = _record(record), _record(record.with_stem("held_out_after"))
    rows = [_row(bug, results.get(bug.id)) for bug in bugs]
    judged = [f"- {bug.id}: {bug.miss}.\n" for bug in bugs if bug.miss]
    after = [_row(bug, later[bug.id]) for bug in bugs if bug.id in later]
    return (
        f"{head}\n{_summary(rows)}.\n\n{COLUMNS}{_lines([row for row, _ in rows])}"
        + ("\nWhy the first run did not tell them:\n\n" + "".join(judged) if judged else "")
        + (f"{AFTER_HEADS[number]}\n{COLUMNS}{_lines([row for row, _ in after])}" if after else "")
    )


def _record(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def _summary(rows: Sequence[tuple[list[str], str]]) -> str:
    counts = Counter(verdict for _, verdict in rows).most_common()
    return f"{len(rows)} pairs: " + ", ".join(f"{count} {verdict}" for verdict, count in counts)


def _lines(rows: Sequence[list[str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(bug: Bug, outcome: dict[str, Any] | None) -> tuple[list[str], str]:
    """The cells of a row, and the verdict in it."""
    about = [bug.id, bug.server, bug.bad, bug.fixed]
    if outcome is None:
        return [*about, "", "", "", "", "not run yet", ""], "not run yet"
    sides = (outcome["bad"], outcome["fixed"])
    played = " / ".join(str(side["examples"]) for side in sides if "examples" in side)
    seeds = seeds_of(outcome) if played else []
    told = [one for one in seeds if one]
    middle = [f"{number:g}" if number < math.inf else "" for number in medians(seeds)] if told else ["", ""]
    rules = sorted({*outcome.get("rules", ()), *(rule for _, _, rule in told)})
    by = ", ".join(f"`{rule}`" for rule in rules)
    hits = f"{len(told)} of {len(seeds)}" if seeds else ""
    return [*about, played, hits, *middle, word(outcome), by], word(outcome)
