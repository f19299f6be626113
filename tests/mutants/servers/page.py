"""Writes docs/reference/server-faults.md out of a run: ``python -m tests.mutants.servers.page``.

The faults are put around the app in the reference server and in uvicorn, and what the judge tells is written.
"""

from __future__ import annotations

import sys
from pathlib import Path

from asgisim.reference.server import Server
from asgisim.spec import UNSEEN
from tests.mutants.servers import streams
from tests.mutants.servers.compat import FAULTS, LEGAL, NOTICED
from tests.mutants.servers.every import FAULTS as MUTANTS
from tests.mutants.servers.parts import around
from tests.mutants.servers.shown import told
from tests.mutants.test_server_compat import of_uvicorn, rules_of

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "server-faults.md"
HEAD = """# Faults of servers, and what notices them

<!-- Made by `python -m tests.mutants.servers.page` out of a run; do not edit. -->

## Thirty-two faults that a framework's own tests may overlook

Each is a layer around the app, so that the server looks wrong from inside. It is put into the reference
server and into uvicorn. "Noticed" means that exactly the rules named here are told, and no other. The last
column says whether the suite that the faults were first tried on notices it: seven of thirty-two.

| fault | rule | reference server | uvicorn | that suite |
| --- | --- | --- | --- | --- |
"""
LEGAL_HEAD = """
Three changes that look like faults and are legal:

| change | reference server | uvicorn |
| --- | --- | --- |
"""


def noticed(found: set[str], rules: tuple[str, ...]) -> str:
    """A cell of the table."""
    if not rules:
        return "nothing told, rightly" if not found else f"told: {', '.join(sorted(found))}"
    if found == set(rules):
        return "noticed"
    return f"told: {', '.join(sorted(found))}" if found else "not noticed"


def rows() -> list[tuple[str, str, str, str]]:
    """Name, rules, and the cells of the two servers."""
    out = []
    for number, fault in enumerate([*FAULTS, *LEGAL]):
        own = set(told(around(fault.layer), fault.cases)) - set(told(Server, fault.cases))
        theirs = rules_of(number, fault.cases) - of_uvicorn(fault.cases)
        rules = ", ".join(f"`{rule}`" for rule in fault.rules)
        out.append((fault.name, rules, noticed(own, fault.rules), noticed(theirs, fault.rules)))
    return out


def mutants() -> str:
    """What the mutants show, as text."""
    every = [*MUTANTS, *streams.FAULTS, *streams.SECURE]
    rules = {fault.rule for fault in every}
    unseen = "".join(f"| `{rule}` | {reason} |\n" for rule, reason in UNSEEN.items())
    return (
        "\n## Mutants of the reference server\n\n"
        f"{len(every)} mutants, each wrong in one place, break {len(rules)} rules for servers. Each is "
        "noticed by the rule that it breaks and no other; `tests/mutants/test_server_mutants.py` holds that, "
        "and that every rule which is looked at over sockets has a mutant. "
        f"Among them count {len(streams.FAULTS)} of a small server for HTTP/2, which the reference server "
        f"does not speak, and {len(streams.SECURE)} of the reference server behind TLS. "
        "`pytest -m slow tests/mutants/test_server_mutants.py` runs each through a whole campaign.\n\n"
        "The reference server itself must stay clean. The long form is\n\n"
        "    asgisim fuzz --server reference --max-examples 100000 --max-time 86400\n\n"
        "## Rules for servers that no check over sockets looks at\n\n"
        f"| rule | why |\n| --- | --- |\n{unseen}"
    )


def page() -> str:
    """The page."""
    lines = rows()
    faults, legal = lines[: len(FAULTS)], lines[len(FAULTS) :]
    text = HEAD
    for name, rules, own, theirs in faults:
        text += f"| {name} | {rules} | {own} | {theirs} | {'noticed' if name in NOTICED else '-'} |\n"
    text += LEGAL_HEAD
    for name, _, own, theirs in legal:
        text += f"| {name} | {own} | {theirs} |\n"
    return text + mutants()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
