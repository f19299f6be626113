"""What several seeds of one pair say together."""

from __future__ import annotations

import math
import statistics
from typing import Any

from tests.known_bugs.servers.entries import Bug

ENOUGH = 5  # seeds, to tell what is found from what is found now and then
Told = tuple[int, float, str]  # what a seed needed: scenarios, seconds; and the rule that was told


def seeds_of(outcome: dict[str, Any]) -> list[Told | None]:
    """What each seed needed that was played, the first included; None for one that told nothing.

    Empty where the bug was found and the record is from before that was written down.
    """
    if outcome["verdict"] != "found":
        return [None, *outcome.get("seeds", ())]
    first = outcome["bad"].get("first")
    return [(*first, outcome["rules"][0]), *outcome.get("seeds", ())] if first else []


def wants_seeds(bug: Bug, outcome: dict[str, Any], seeds: int) -> bool:
    """Whether another one is to be played: not where what is told is no fault, or told on fixed too."""
    worth = outcome["verdict"] in ("found", "missed") and not bug.miss
    return worth and len(seeds_of(outcome)) < seeds


def word(outcome: dict[str, Any]) -> str:
    """The verdict over all seeds: where enough were played, found is what most of them told."""
    seeds = seeds_of(outcome)
    told = len(seeds) - seeds.count(None)
    if len(seeds) < ENOUGH or not told:
        return str(outcome["verdict"])
    return "found" if 2 * told > len(seeds) else "now and then"


def medians(seeds: list[Told | None]) -> tuple[float, float]:
    """Scenarios and seconds of the seed in the middle. One that told nothing is later than all others."""
    spent = [told[:2] if told else (math.inf, math.inf) for told in seeds]
    scenarios, seconds = zip(*spent, strict=True)
    return statistics.median_high(scenarios), statistics.median_high(seconds)
