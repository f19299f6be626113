"""Pages that are made from the code: ``python docs/generate.py`` writes those that are committed.

``reference/cli.md`` from the options, ``explanation/what-we-do-not-check.md`` from the list of demands
without a check, ``reference/machines.md`` from the state tables, ``reference/grid-cases.md`` from the
tables of the grid; charts, and the tables between marks, from the data of `asgisim bench` below
``benchmarks``. The pages of the rules are made when the documents are built (conf.py). A test holds that all
of it is up to date.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from asgisim.bench import chart, words
from asgisim.bench.data import Data, read
from asgisim.cli.arguments import build
from asgisim.grid.cases.table import Row
from asgisim.report import catalogue

HERE = Path(__file__).parent


def cli() -> str:
    """The command line: each command with its arguments and options."""
    _, commands = build()
    parts = ["# Command line\n", catalogue.MADE]
    parts.append("`asgisim COMMAND ...`, or `python -m asgisim COMMAND ...`.\n")
    parts += ["| command | does |", "| --- | --- |"]
    parts += [f"| [`{name}`](#asgisim-{name}) | {one.description} |" for name, one in commands.items()]
    parts.append("\n`asgisim --version` prints what a report of a fault should name.\n")
    parts += ["## Exit status\n", "| status | means |", "| --- | --- |"]
    parts += [
        "| 0 | nothing broken at the asked level |",
        "| 1 | something broken |",
        "| 2 | asgisim could not do its job: bad arguments, the app does not import, nothing was exercised |",
        "| 130 | interrupted, after the report of what was found |\n",
    ]
    parts.append(
        "A reader that closes the pipe early, such as `head`, does not change the status. Errors are one"
    )
    parts.append("line on standard error. Colour is for terminals only, and `NO_COLOR` turns it off.\n")
    for name, one in commands.items():
        parts += [f"## asgisim {name}\n", f"{one.description}\n", *_options(one), ""]
    return "\n".join(parts)


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield f"```text\n{parser.prog} [OPTION ...]{''.join(map(_usage, parser._actions))}\n```\n"
    yield "| | |"
    yield "| --- | --- |"
    for action in parser._actions:
        if action.help == argparse.SUPPRESS or action.dest == "help":
            continue
        names = ", ".join(action.option_strings) or str(action.metavar)
        value = f" {action.metavar}" if action.option_strings and action.nargs != 0 and action.metavar else ""
        often = "; may be given several times" if isinstance(action, argparse._AppendAction) else ""
        yield f"| `{names}{value}` | {_cell(action.help or '')}{often} |"


def _usage(action: argparse.Action) -> str:
    """A positional argument as a usage line has it; the line of argparse depends on version and terminal."""
    if action.option_strings:
        return ""
    name = str(action.metavar)
    return {"*": f" [{name} ...]", "+": f" {name} [{name} ...]"}.get(str(action.nargs), f" {name}")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def unchecked() -> str:
    """What we do not check: what is written by hand, then the list."""
    written = (HERE / "explanation/_unchecked.md").read_text("utf-8")
    return "\n".join(
        [
            "# What we do not check\n",
            catalogue.MADE,
            written,
            "## Demands without a rule\n",
            catalogue.unchecked(),
        ]
    )


def cases() -> str:
    """The cases of the grid, by category."""
    from asgisim.grid.cases import every
    from asgisim.grid.model import CATEGORIES

    rows = every()
    parts = ["# Cases of the grid\n", catalogue.MADE]
    parts.append(
        f"{len(rows)} cases, which `asgisim grid` asks in every cell. A `silent` one is about what the text\n"
        "leaves open: it never fails for what it sees, and tells it, so that cells can be compared. In\n"
        "process those are left out that are about a server. Slow ones are left out by `--quick`.\n"
    )
    for category, title in CATEGORIES.items():
        parts += [
            f"## {title}\n",
            "| case | level | says | text | asked |",
            "| --- | --- | --- | --- | --- |",
        ]
        parts += [
            f"| `{row.id}` | {row.case.level} | {_cell(row.case.sentence)} | {row.case.section} "
            f"| {_asked(row)} |"
            for row in rows
            if row.case.category == category
        ]
        parts.append("")
    return "\n".join(parts)


def _asked(row: Row) -> str:
    where = {"both": "everywhere", "sockets": "of servers", "process": "in process"}[row.where]
    more = [*(["when the server has stopped"] if row.after else []), *(["slow"] if row.slow else [])]
    return ", ".join([where, *more])


def _bench(name: str) -> Data:
    path = HERE / "benchmarks" / f"{name}.json"
    return read(path.read_text("utf-8"), path.name)


def filled(name: str) -> str:
    """A page with what stands between its marks made anew from the data that they name."""

    def made(match: re.Match[str]) -> str:
        data = _bench(match["suite"])
        table = words.aims(data) if match["what"] else words.markdown(data)
        lines = [f"{words.legend(data)}.", table] if not match["what"] else [table]
        return f"{match['mark']}\n\n" + "\n\n".join(line.strip() for line in lines) + "\n\n<!-- end -->"

    pattern = (
        r"(?P<mark><!-- made from benchmarks/(?P<suite>\w+)\.json(?P<what>: aims)? -->)\n.*?<!-- end -->"
    )
    return re.sub(pattern, made, (HERE / name).read_text("utf-8"), flags=re.S)


PAGES = {
    "explanation/speed.md": lambda: filled("explanation/speed.md"),
    "explanation/limits.md": lambda: filled("explanation/limits.md"),
    "benchmarks/middlewares.svg": lambda: chart.svg(_bench("middlewares")),
    "benchmarks/growth.svg": lambda: chart.svg(_bench("growth")),
    "reference/grid-cases.md": cases,
    "reference/cli.md": cli,
    "reference/machines.md": catalogue.machines,
    "explanation/what-we-do-not-check.md": unchecked,
}

if __name__ == "__main__":
    for name, made in PAGES.items():
        (HERE / name).write_text(made(), "utf-8")
