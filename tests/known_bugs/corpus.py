"""Which bugs of the corpus are entries here, and why others are not: ``python -m tests.known_bugs.corpus``.

tests/known_bugs/corpus.json has a line for each row of the three tables; docs/known-bugs-corpus.md is written
from it and from the entries.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.known_bugs.entries import HELD_OUT, HERE, load

DATA = HERE / "corpus.json"
PAGE = Path(__file__).parents[2] / "docs" / "known-bugs-corpus.md"
TABLES = {"frameworks": "Frameworks", "middleware": "Middleware", "servers": "Servers"}
HEAD = """# Known bugs: the whole corpus, in and out

<!-- Made by `python -m tests.known_bugs.corpus`; do not edit. -->

The corpus is three tables of real bugs: a pair of versions, or a bug that the newest release still has. In is
an entry of [known bugs](known-bugs.md) or of [those of servers](known-bugs-servers.md); `mw-` are those
run through `--middleware`. Marks: S breaks the ASGI text, H crashes or hangs on valid input, Q is soft;
must, should, robust, transparency, wsgi, soft for middleware; for servers also rfc-must and rfc-should (HTTP
or WebSocket on the wire), quality, and gap, which is legal for the version that is declared.
"""
# Of servers 40 pairs were chosen before the first run; why a row is not among them, by its mark.
_SERVERS = {
    "gap": "legal for the version that is declared: a checker has to stay silent",
    "quality": "neither ASGI nor HTTP says it; not tried",
    "": "not among the 40 pairs that were chosen; not tried",
}
_NEWEST = "no fixed version; what is told of newest releases is in findings/servers.md"


@dataclass(frozen=True, slots=True)
class Row:
    """A bug of the corpus. fixed: empty where the newest release has it. why: the reason why it is out."""

    id: str
    table: str
    bad: str
    fixed: str
    mark: str
    why: str


def read() -> list[Row]:
    """All rows, in the order of the tables."""
    return [Row(**row) for row in json.loads(DATA.read_text("utf-8"))]


def entries() -> dict[str, list[str]]:
    """The ids of the entries, by the bug that they are of. Those held out are of no bug of the corpus."""
    servers = tomllib.loads((HERE / "servers" / "entries.toml").read_text("utf-8"))["bug"]
    found: dict[str, list[str]] = {}
    own = [entry.id for entry in load() if entry.kind not in HELD_OUT]
    for name in [*own, *(str(bug["id"]) for bug in servers)]:
        found.setdefault(name.removeprefix("mw-"), []).append(name)
    return found


def reason(row: Row) -> str:
    """Why a row is out; empty where nobody has said."""
    if row.why or row.table != "servers":
        return row.why
    return _SERVERS.get(row.mark) or (_SERVERS[""] if row.fixed else _NEWEST)


def render(rows: Iterable[Row], known: dict[str, list[str]]) -> str:
    """The page."""
    every = list(rows)
    text = HEAD
    for table, title in TABLES.items():
        own = [row for row in every if row.table == table]
        pairs = [row for row in own if row.fixed]
        counts = [sum(row.id in known for row in some) for some in (pairs, own)]
        text += (
            f"\n## {title}\n\n{counts[0]} of {len(pairs)} pairs are in, and "
            f"{counts[1] - counts[0]} of {len(own) - len(pairs)} that the newest release has.\n\n"
            "| bug | bad | fixed | mark | in as | or out, since |\n| --- | --- | --- | --- | --- | --- |\n"
        )
        for row in own:
            names = ", ".join(known.get(row.id, ()))
            why = "" if names else reason(row)
            text += f"| {row.id} | {row.bad} | {row.fixed or '-'} | {row.mark} | {names} | {why} |\n"
    return text


if __name__ == "__main__":
    PAGE.write_text(render(read(), entries()), "utf-8")
    sys.stdout.write(f"{PAGE}\n")
