"""Failures that are expected: a readable TOML file per framework or server, with versions and reasons.

    [[expected]]
    cases = ["lifespan/*"]
    servers = ["daphne"]             # in a framework's file; frameworks = [...] in a server's
    versions = { daphne = "<5" }
    reason = "daphne never calls the app for lifespan"
    see = "https://github.com/django/daphne/issues/264"

``cases = ["*"]``: nothing works there. A file's name is the framework's or the server's. A pattern has the
stars of the shell. What is expected and passes is reported: the entry is to go, or its versions are to be
narrowed.
"""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asgisim import files
from asgisim.grid.model import Cell
from asgisim.model.seeds import version_fits

FOLDER = Path(__file__).with_name("expectations")
_KEYS = ("cases", "servers", "frameworks", "loops", "versions", "reason", "see")


class ExpectationError(ValueError):
    """A file that cannot be used; the message names the file, the entry and what was expected."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One entry: in which cells which cases fail, and why."""

    about: str
    cases: tuple[str, ...]
    reason: str
    servers: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    loops: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    see: str = ""

    @property
    def whole(self) -> bool:
        """Whether it speaks of all cases: the cell is not played, so long as no plain request is answered."""
        return self.cases == ("*",)

    def fits(self, cell: Cell, case: str, installed: Mapping[str, str]) -> bool:
        """Whether it speaks of this case in this cell, with these versions."""
        server = cell.behind.partition("@")[0]
        names = {cell.framework, cell.server, server}
        return (
            self.about in names
            and _one_of(self.servers, (cell.server, server))
            and _one_of(self.frameworks, (cell.framework,))
            and _one_of(self.loops, (cell.loop,))
            and _one_of(self.cases, (case,))
            and all(
                name in installed and version_fits(installed[name], wanted)
                for name, wanted in self.versions.items()
            )
        )


def _one_of(patterns: tuple[str, ...], names: Iterable[str]) -> bool:
    return not patterns or any(fnmatch.fnmatchcase(name, one) for name in names for one in patterns)


def load(*folders: str | Path) -> list[Expected]:
    """All entries of our own folder and of these. Raises ExpectationError."""
    for folder in folders:
        if not Path(folder).is_dir():
            raise ExpectationError(f"{folder}: expected a folder with files of expected failures")
    paths = [path for folder in (*folders, FOLDER) for path in sorted(Path(folder).glob("*.toml"))]
    return [one for path in paths for one in read(path)]


def read(path: Path) -> list[Expected]:
    """The entries of a file. Raises ExpectationError."""
    try:
        data = tomllib.loads(files.read_text(path))
    except (OSError, ValueError) as error:
        raise ExpectationError(f"{path}: {error}") from None
    except RecursionError:
        raise ExpectationError(f"{path}: expected fewer levels") from None
    if set(data) - {"expected"} or not isinstance(data.get("expected", []), list):
        raise ExpectationError(f"{path}: expected [[expected]] entries alone, but got {sorted(data)}")
    return [_entry(path, number, one) for number, one in enumerate(data.get("expected", []), 1)]


def _entry(path: Path, number: int, data: Any) -> Expected:
    where = f"{path}: entry {number}"
    if not isinstance(data, dict):
        raise ExpectationError(f"{where}: expected a table, but got {data!r}")
    for key in data:
        if key not in _KEYS:
            raise ExpectationError(f"{where}: expected keys out of {', '.join(_KEYS)}, but got {key!r}")
    for key in ("cases", "reason"):
        if not data.get(key):
            raise ExpectationError(f"{where}: expected the key {key!r}")
    lists = {}
    for key in ("cases", "servers", "frameworks", "loops"):
        value = data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ExpectationError(f"{where}: {key}: expected a list of str, but got {value!r}")
        lists[key] = tuple(value)
    for key in ("reason", "see"):
        if not isinstance(data.get(key, ""), str):
            raise ExpectationError(f"{where}: {key}: expected a str, but got {data[key]!r}")
    versions = data.get("versions", {})
    if not isinstance(versions, dict):
        raise ExpectationError(f"{where}: versions: expected a table, but got {versions!r}")
    for name, wanted in versions.items():
        try:
            version_fits("1.0", wanted)
        except (ValueError, TypeError) as error:
            raise ExpectationError(f"{where}: versions: {name}: {error}") from None
    return Expected(path.stem, reason=data["reason"], versions=versions, see=data.get("see", ""), **lists)
