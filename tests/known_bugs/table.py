"""docs/known-bugs.md: what stands between the marks is written from the results."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.known_bugs.entries import FRAMEWORK, KINDS, Entry

PAGE = Path(__file__).parents[2] / "docs" / "known-bugs.md"
BEGIN, END = "<!-- results: begin -->\n", "<!-- results: end -->\n"


def render(entries: Sequence[Entry], results: dict[str, Any]) -> str:
    """The summary and the table, as Markdown."""
    rows = [_row(entry, results.get(entry.id, {"verdict": "not run yet"})) for entry in entries]
    counts = Counter(_verdict(results.get(entry.id, {"verdict": "not run yet"})) for entry in entries)
    summary = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
    codes = Counter(results[entry.id].get("code", "?") for entry in entries if entry.id in results)
    told = ", ".join(f"{code} ({count})" if len(codes) > 1 else code for code, count in codes.most_common())
    state = f" State of the code: {told}." if codes else ""
    head = (
        "| bug | bad | fixed | Python | campaign | verdict | rule | seeds "
        "| examples | seconds | steps | others on fixed |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    )
    return f"{len(rows)} entries: {summary}.{state}\n\n{_shares(entries, results)}\n{head}" + "".join(rows)


def _shares(entries: Sequence[Entry], results: dict[str, Any]) -> str:
    """How many of each kind are found, and what the median entry of all of that kind took."""
    text = (
        "| entries | number | found | of them advice | share | median examples | median seconds |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
    )
    for kind in (FRAMEWORK, *KINDS.values()):
        for fixed, words in ((True, "a fixed version"), (False, "newest release")):
            own = [
                results.get(one.id, {}) for one in entries if one.kind == kind and bool(one.fixed) is fixed
            ]
            if not own:
                continue
            found = [one for one in own if one.get("verdict") == "found"]
            cells = [
                f"{kind}: {words}",
                str(len(own)),
                str(len(found)),
                str(sum(one["note"] for one in found)),
                f"{len(found) / len(own):.0%}",
                _figure(median([one["first_example"] for one in found], len(own)), "g"),
                _figure(median([one["first_seconds"] for one in found], len(own)), ".2f"),
            ]
            text += "| " + " | ".join(cells) + " |\n"
    return text


def median(values: Sequence[float], count: int) -> float | None:
    """The median of so many values, those that are missing being greater than all; None where it is one."""
    middle = statistics.median([*values, *[math.inf] * (count - len(values))])
    return None if middle == math.inf else middle


def _row(entry: Entry, outcome: dict[str, Any]) -> str:
    found = "hits" in outcome
    bad = outcome.get("bad", ())
    budgets = [run["budget"] for run in bad if "budget" in run]
    cells = [
        entry.id,
        entry.bad,
        entry.fixed or "-",
        entry.python,
        f"{max(budgets):g} s" if budgets else "",
        _verdict(outcome),
        f"`{outcome['rule']}`" if found else "",
        f"{outcome.get('hits', 0)} of {len(bad)}" if budgets else "",
        _figure(outcome.get("first_example"), "g"),
        _figure(outcome.get("first_seconds"), ".2f"),
        _figure(outcome.get("steps"), "g"),
        _others(entry, outcome),
    ]
    return "| " + " | ".join(cells) + " |\n"


def _figure(value: float | None, form: str) -> str:
    return "" if value is None else f"{value:{form}}"


def _verdict(outcome: dict[str, Any]) -> str:
    """The verdict, with what is told as advice apart."""
    return "advice" if outcome["verdict"] == "found" and outcome.get("note") else str(outcome["verdict"])


def _others(entry: Entry, outcome: dict[str, Any]) -> str:
    """Rules that were found broken on the fixed version too: other bugs, or false alarms."""
    rules = {
        one["rule"]
        for run in outcome.get("fixed", ())
        for one in run.get("findings", ())
        if one["caused_by"] is None and not one.get("note")
    }
    return ", ".join(f"`{rule}`" for rule in sorted(rules))


def write_table(entries: Sequence[Entry], results: dict[str, Any], page: Path = PAGE) -> None:
    """Put the tables between the marks of the page."""
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}{render(entries, results)}{END}{after}", "utf-8")
