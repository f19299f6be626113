"""Which cells there are, and which of them were asked for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from asgisim.frameworks import apps
from asgisim.grid.model import CATEGORIES, IN_PROCESS, Cell
from asgisim.servers import ALIASES, PLAIN, SERVERS
from asgisim.servers.reference import REFERENCE

# One stack and loop for each server: what somebody gets who says no more than its name.
QUICK = (
    f"{IN_PROCESS}@asyncio",
    *(f"{ALIASES.get(name, name)}@asyncio" for name in PLAIN if name != REFERENCE.name),
)
SIMULATED = ("asyncio", "trio")  # loops of the simulator


class AxisError(ValueError):
    """An axis has no such name; the message says what there is."""


def behinds() -> list[str]:
    """Every server with its stacks and loops, in process first, our own server last."""
    names = [f"{IN_PROCESS}@{loop}" for loop in SIMULATED]
    return names + [f"{server.name}@{loop}" for server in SERVERS.values() for loop in server.loops]


def cell(framework: str, behind: str) -> Cell:
    """The cell of a framework behind a server (``uvicorn-h11-wsproto@asyncio``)."""
    name, _, loop = behind.partition("@")
    server, dash, stack = name.partition("-")
    if name == IN_PROCESS or not dash:
        return Cell(framework, name, "", loop or "asyncio")
    return Cell(framework, server, stack, loop or "asyncio")


def frameworks(wanted: Sequence[str]) -> list[str]:
    """The frameworks of these names, all of them without any. Raises AxisError."""
    names = [app.name for app in apps.APPS]
    return [_known(one, names, "framework") for one in wanted] or names


def servers(wanted: Sequence[str], loops: Sequence[str], quick: bool) -> list[str]:
    """Servers of these names and loops. A name stands for all of its stacks and loops; with quick, for one.

    ``uvicorn``, ``uvicorn-h11-wsproto``, ``hypercorn@trio``, ``in-process``. Raises AxisError.
    """
    every = behinds()
    base = [one for one in every if one in QUICK] if quick and not loops else every
    found = [one for name in wanted for one in _named(name, every, base)] if wanted else base
    chosen = [one for one in dict.fromkeys(found) if not loops or one.partition("@")[2] in loops]
    if not chosen:
        raise AxisError(
            f"there is no server with the loop {' or '.join(loops)} among those that are asked for"
        )
    return chosen


def _named(name: str, every: Sequence[str], base: Sequence[str]) -> Iterable[str]:
    plain, at, loop = name.partition("@")
    fitting = [one for one in every if _is(one, plain) and (not at or one.partition("@")[2] == loop)]
    if not fitting:
        heads = {one.partition("@")[0] for one in every}
        known = sorted({*heads, *(one.partition("-")[0] for one in heads if one != IN_PROCESS)})
        if plain in known:
            there = sorted({one.partition("@")[2] for one in every if _is(one, plain)})
            raise AxisError(f"{plain} has no loop {loop!r}; it has {', '.join(there)}")
        _known(plain, known, "server")
    short = [one for one in fitting if one in base]
    return short if short and not at else fitting


def _is(one: str, plain: str) -> bool:
    """Whether a row is of a server, or of a stack of it."""
    return one.partition("@")[0] == plain or one.startswith(f"{plain}-")


def _known(name: str, names: Sequence[str], what: str) -> str:
    if name in names:
        return name
    close = difflib.get_close_matches(name, names, 1)
    hint = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(names)}"
    raise AxisError(f"there is no {what} {name!r}; {hint}")


def cases(categories: Sequence[str], patterns: Sequence[str], every: Sequence[str]) -> tuple[str, ...]:
    """Patterns of cases out of both options. Raises AxisError for one that fits no case."""
    import fnmatch

    found = [f"{_known(one, list(CATEGORIES), 'category')}/*" for one in categories]
    for one in patterns:
        if not fnmatch.filter(every, one):
            close = difflib.get_close_matches(one, every, 1)
            hint = f"did you mean {close[0]}?" if close else "asgisim grid --list-cases tells them"
            raise AxisError(f"there is no case {one!r}; {hint}")
        found.append(one)
    return tuple(found)
