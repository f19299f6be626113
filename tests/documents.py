"""What a page shows, run: its files are written, its commands are run, its output is compared or renewed.

    <!-- file: hello.py -->     the next block is this file
    <!-- exit: 1 -->            the commands of the next console block end with this status (0 without it)
    <!-- not run: REASON -->    the next block is only looked at

Blocks called ``console`` hold commands (lines that begin with ``$``) and what they print; a line of three
dots stands for any lines, dots after a blank for the rest of a line. The ``run:`` lines of a YAML block are
run and end well. ``python -m tests.documents PAGE ...`` runs pages and writes what they print now.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Written by hand, with commands in them.
PAGES = (
    "README.md",
    "docs/index.md",
    "docs/tutorial/first-app.md",
    "docs/tutorial/property-test.md",
    "docs/tutorial/ci.md",
    "docs/how-to/ci.md",
    "docs/how-to/frameworks.md",
    "docs/how-to/grid.md",
    "docs/how-to/middleware.md",
    "docs/how-to/probe.md",
    "docs/how-to/reports.md",
    "docs/reference/configuration.md",
    "docs/reference/python.md",
    "docs/reference/seed-file.md",
)
SLOW = ("docs/how-to/check-a-server.md",)
# Pages without commands, whose code is run beside the tests of what it shows.
ELSEWHERE = {
    "docs/how-to/from-other-clients.md": "tests/client/ported/test_refusals.py",
    "docs/how-to/serve.md": "tests/test_serving.py",
    "docs/how-to/test-client.md": "tests/client/test_client.py",
    "docs/how-to/wsgi.md": "tests/test_wsgi.py",
}

_BLOCK = re.compile(r"(?P<marks>(?:^<!--[^\n]*-->\n)*)^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.M | re.S)
_DOTS = re.compile(r"(?m)(?:^| )\.\.\.$")
_MARK = re.compile(r"<!-- (file|exit|not run): (.*?) -->")
# What changes from run to run, or with every new rule and scenario. Words and order are compared, not these.
_VOLATILE = (
    (re.compile(r"\d+ examples? in [\d.]+ s\."), "N examples in N s."),
    (
        re.compile(r"Rules:\s+\d+\s+held,\s+(\d+)\s+broken,\s+\d+\s+not\s+exercised"),
        r"Rules: N held, \1 broken, N not",
    ),
    (re.compile(r"(?m)^(  Seen +in )\d+ scenarios?"), r"\1N scenarios"),
    (re.compile(r"\d+ (passed|failed|xfailed)(.*) in [\d.]+s"), r"N \1\2 in Ns"),
    (re.compile(r"\d+ pieces? of advice"), "N pieces of advice"),
    (re.compile(r"\b[0-9a-f]{8}\.asgi\.json"), "ID.asgi.json"),
    (re.compile(r"\s+"), " "),  # where lines break depends on the figures in them
)


@dataclass(frozen=True)
class Block:
    """One block of a page; start and end are where its body stands in the text."""

    kind: str
    body: str
    start: int
    end: int
    marks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Command:
    """A command of a console block, what the page says it prints, and what it printed."""

    block: Block
    line: str
    told: str
    printed: str
    status: int

    def holds(self) -> bool:
        """Whether the page is right."""
        return self.status == int(self.block.marks.get("exit", "0")) and same(self.told, self.printed)


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page, with the marks that stand right before them."""
    for match in _BLOCK.finditer(text):
        marks = dict(_MARK.findall(match["marks"]))
        yield Block(match["kind"], match["body"], match.start("body"), match.end("body"), marks)


def settled(text: str) -> str:
    """Without what differs from run to run."""
    for pattern, instead in _VOLATILE:
        text = pattern.sub(instead, text)
    return text.strip()


def same(told: str, printed: str) -> bool:
    """Whether a command printed what the page tells."""
    parts = [re.escape(settled(part)) for part in _DOTS.split(told)]
    return re.fullmatch(r"(?s)\s*" + r".*?".join(parts) + r"\s*", settled(printed)) is not None


def play(text: str, folder: Path) -> Iterator[Command]:
    """Do what a page says, in a folder: write its files, run its commands in order."""
    _shims(folder)
    for block in blocks(text):
        if "not run" in block.marks:
            continue
        if "file" in block.marks:
            path = folder / block.marks["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body, "utf-8")
        if block.kind == "console":
            for line, told in _commands(block.body):
                printed, status = _run(line, folder)
                yield Command(block, line, told, printed, status)
        elif block.kind == "yaml":
            for line in re.findall(r"(?m)^ *- run: (.*)$", block.body):
                yield Command(block, line, "...\n", *_run(line, folder))


def _commands(body: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"(?m)^\$ ", body)[1:]:
        line, _, told = part.partition("\n")
        yield line, told


def _run(line: str, folder: Path) -> tuple[str, int]:
    environment = {
        **os.environ,
        "CI": "1",  # Hypothesis draws the same each time then, and has no deadline
        "PATH": f"{folder / '.bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "COLUMNS": "80",
        "PYTEST_ADDOPTS": "-p no:cacheprovider -p no:xdist",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / ".hypothesis"),
    }
    environment.pop("PYTEST_CURRENT_TEST", None)
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=240,
    )  # fmt: skip
    return done.stdout.replace(f"{folder}{os.sep}", ""), done.returncode


def _shims(folder: Path) -> None:
    """The commands of the pages, run by this interpreter from this checkout; nothing is installed."""
    there = folder / ".bin"
    there.mkdir()
    python = sys.executable
    for name, command in {
        "asgisim": f'exec {python} -m asgisim "$@"',
        "pytest": f'exec {python} -m pytest "$@"',
        "python": f'exec {python} "$@"',
        "pip": "exit 0",
    }.items():
        (there / name).write_text(f"#!/bin/sh\n{command}\n")
        (there / name).chmod(0o755)


def renewed(text: str, commands: list[Command]) -> str:
    """The page with what its commands print now, where it does not say three dots."""
    bodies: dict[int, tuple[Block, str]] = {}
    for one in commands:
        if one.block.kind != "console":
            continue
        block, body = bodies.get(one.block.start, (one.block, ""))
        told = one.told if _DOTS.search(one.told) else one.printed
        bodies[one.block.start] = (block, f"{body}$ {one.line}\n{told}")
    for block, body in sorted(bodies.values(), key=lambda pair: -pair[0].start):
        text = text[: block.start] + body + text[block.end :]
    return text


def main(names: list[str]) -> None:
    """Renew pages and say what does not hold: a status that differs, or dots that no longer fit."""
    for name in names or PAGES:
        path = ROOT / name
        text = path.read_text("utf-8")
        with tempfile.TemporaryDirectory() as folder:
            commands = list(play(text, Path(folder)))
        path.write_text(renewed(text, commands), "utf-8")
        for one in commands:
            print(f"{name}: {'holds  ' if one.holds() else f'renewed, exit {one.status}'} {one.line}")


if __name__ == "__main__":
    main(sys.argv[1:])
