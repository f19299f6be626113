"""What got worse and better since an earlier report, in words that each form puts in its own clothes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from asgisim.grid.compare import Change, Comparison

Against = tuple[Comparison, str]  # and the name of the earlier report

TITLES = {"worse": "Got worse", "better": "Got better", "other": "Neither worse nor better"}
SHADES = {"worse": "bad", "better": "good", "other": "off"}
SHOWN = 40  # changes of one kind in a text


def groups(found: Comparison) -> Iterable[tuple[str, list[Change]]]:
    """The kinds that have something to tell, the worst first."""
    for name in TITLES:
        changes: list[Change] = getattr(found, name)
        if changes:
            yield name, changes


def line(change: Change) -> str:
    """``starlette:daphne@asyncio lifespan/shutdown: pass, now fail: why``."""
    what = f" {change.case}" if change.case else ""
    why = f": {change.message}" if change.message else ""
    return f"{change.cell.cell.id}{what}: {change.before or 'not asked'}, now {change.after}{why}"


def told(found: Comparison, against: str) -> str:
    """The sum in one line. against: the name of the earlier report."""
    counts = [f"{len(getattr(found, name))} {name}" for name in TITLES]
    gone = f"; {len(found.missing)} cells of it were not played" if found.missing else ""
    return f"Against {against}: {', '.join(counts)}{gone}."


def versions(found: Comparison) -> str:
    """``uvicorn 0.54.0 -> 0.55.0, ...``; empty if they are the same."""
    return ", ".join(f"{name} {was} -> {now}" for name, (was, now) in sorted(found.versions.items()))


def text(found: Comparison, against: str) -> list[str]:
    """Lines for a terminal, not yet wrapped or cleaned."""
    lines: list[str] = []
    for name, changes in groups(found):
        lines += [f"{TITLES[name]}:", *(f"  {line(one)}" for one in changes[:SHOWN])]
        lines += [f"  ... {len(changes) - SHOWN} more"] if len(changes) > SHOWN else []
    lines += [f"Versions: {versions(found)}"] if found.versions else []
    return [*lines, told(found, against)]


def data(found: Comparison, against: str) -> dict[str, Any]:
    """For the JSON form."""
    return {
        "file": against,
        **{name: [_change(one) for one in getattr(found, name)] for name in TITLES},
        "missing": found.missing,
        "versions": {name: list(pair) for name, pair in sorted(found.versions.items())},
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "cell": change.cell.cell.id,
        "case": change.case,
        "before": change.before,
        "after": change.after,
        "message": change.message,
    }
