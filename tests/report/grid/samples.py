"""Grid reports that the tests of all forms share."""

from __future__ import annotations

import json
from pathlib import Path

from asgisim.grid.model import Axes, Case, Cell, CellReport, GridReport, Moment, Outcome, Status

SAMPLE = Path(__file__).parents[2] / "grid" / "sample.json"


def sample() -> GridReport:
    """Three frameworks, three servers, every status and state."""
    return GridReport.from_json(json.loads(SAMPLE.read_text("utf-8")))


def nasty(words: str) -> GridReport:
    """One cell of each state with the same words wherever an app, a server or a user may put some."""
    outcomes = [
        Outcome(words, status, words, words, [Moment(0.5, words, words)], findings=[words])
        for status in Status
    ]
    cells = [
        CellReport(
            Cell(words, words, words, words + state),
            state,
            words,
            {words: words},
            words,
            0,
            1.0,
            "x " + words,
        )
        for state in ("ran", "died", "cannot-run", "not-installed")
    ]
    for cell in cells:
        cell.outcomes = outcomes
    return GridReport(
        words,
        words,
        words,
        0,
        1.0,
        True,
        words,
        Axes(),
        {words: words},
        [Case(words, words, words, words)],
        cells,
    )
