"""Seed files (``*.asgi.json``): a scenario, what is expected of it, and where it comes from.

    {
      "format": 1,
      "target": "myapp:app",
      "scenario": {"scope": {...}, "script": [...]},
      "expected": "clean",
      "note": "found by asgisim fuzz"
    }

``target`` may be missing (it is then given on the command line). ``rule`` may say which rule the file was
saved for; if that is one of equal treatment, a replay compares both spellings. ``expected`` is "clean",
or a list of known breaks: ``{"rule", "party", "versions"}``, where versions (``{"starlette": "<1.2"}``)
limits the break to releases and may be missing. Whatever else stands in a file is refused with its place.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asgisim import files
from asgisim.model import codec
from asgisim.model.scenario import Scenario
from asgisim.spec import CATALOGUE

FORMAT = 1
SUFFIX = ".asgi.json"
REPEAT_MAX = 1 << 26  # bytes that all $repeat of one file may make

_CONDITION = re.compile(r"(<=|>=|==|!=|<|>)?\s*(\d+(?:\.\d+)*)")
_KEYS = ("format", "target", "rule", "scenario", "expected", "note")


class SeedError(ValueError):
    """A file that is no seed: the message names the file, the key and what was expected."""


@dataclass(frozen=True, slots=True)
class Known:
    """A break that is known to happen: of which rule, by whom, in which versions (empty: in all)."""

    rule: str
    party: str = "app"
    versions: Mapping[str, str] = field(default_factory=dict)

    def applies(self, installed: Mapping[str, str]) -> bool:
        """Whether the versions that are installed are among those meant. A package that is missing is not."""
        return all(
            name in installed and version_fits(installed[name], wanted)
            for name, wanted in self.versions.items()
        )

    def to_json(self) -> dict[str, Any]:
        """As it stands in the file."""
        data: dict[str, Any] = {"rule": self.rule, "party": self.party}
        return {**data, "versions": dict(self.versions)} if self.versions else data


@dataclass(slots=True)
class Seed:
    """The content of a seed file. expected is empty for "clean"; rule is the one it was saved for."""

    scenario: Scenario
    target: str | None = None
    expected: tuple[Known, ...] = ()
    note: str = ""
    rule: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The JSON data of the file; an empty note and a missing target are left out."""
        data: dict[str, Any] = {"format": FORMAT}
        if self.target is not None:
            data["target"] = self.target
        if self.rule is not None:
            data["rule"] = self.rule
        data["scenario"] = self.scenario.to_json()
        data["expected"] = [known.to_json() for known in self.expected] if self.expected else "clean"
        return {**data, "note": self.note} if self.note else data


def version_fits(version: str, wanted: str) -> bool:
    """Whether ``1.10.0`` fits conditions such as ``>=1.9, <2``; a bare number asks for that very release."""
    have = _numbers(version)
    for condition in wanted.split(","):
        match = _CONDITION.fullmatch(condition.strip())
        if not match:
            raise ValueError(f"expected conditions such as '>=1.2, <2', but got {wanted!r}")
        sign, bound = match[1] or "==", _numbers(match[2])
        length = max(len(have), len(bound))
        left, right = (numbers + (0,) * (length - len(numbers)) for numbers in (have, bound))
        fits = {
            "==": left == right,
            "!=": left != right,
            "<": left < right,
            "<=": left <= right,
            ">": left > right,
            ">=": left >= right,
        }
        if not fits[sign]:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, match[0].split("."))) if match else (0,)


def read(path: str | os.PathLike[str]) -> Seed:
    """Read and check a file. Raises SeedError, also where the file cannot be read at all."""
    data = read_data(path)
    try:
        return from_data(data)
    except ValueError as error:
        raise SeedError(f"{path}: {error}") from None


def read_data(path: str | os.PathLike[str]) -> Any:
    """The JSON data of a file, whose size, depth and repeats have bounds. Raises SeedError."""
    try:
        data = files.from_json(files.read_text(path))
        if codec.repeated(data) > REPEAT_MAX:
            raise ValueError(f"expected $repeat to make at most {REPEAT_MAX} bytes in all")
        return data
    except OSError as error:
        raise SeedError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SeedError(f"{path}: {error}") from None


def from_data(data: Any) -> Seed:
    """Check the data of a file. Raises ValueError that names the key and what was expected."""
    _expect(isinstance(data, dict), "the file", "an object", data)
    for key in data:
        if key not in _KEYS:
            raise ValueError(f"expected {', '.join(_KEYS[:-1])} or note, but got the key {key[:80]!r}")
    _expect(type(data.get("format")) is int, "format", f"the number {FORMAT}", data.get("format"))
    if data["format"] != FORMAT:
        raise ValueError(f"format: expected {FORMAT}, but got {data['format']}; a newer asgisim may read it")
    _expect("scenario" in data, "the file", "the key scenario", sorted(data))
    target, note = data.get("target"), data.get("note", "")
    _expect(target is None or isinstance(target, str), "target", "a name such as myapp:app", target)
    _expect(isinstance(note, str), "note", "text", note)
    rule = data.get("rule")
    _expect(rule is None or (isinstance(rule, str) and rule in CATALOGUE), "rule", "a rule's id", rule)
    expected = _expected(data.get("expected", "clean"))
    return Seed(Scenario.from_json(data["scenario"]), target, expected, note, rule)


def _expected(data: Any) -> tuple[Known, ...]:
    if data == "clean":
        return ()
    _expect(isinstance(data, list) and bool(data), "expected", '"clean" or a list of known breaks', data)
    return tuple(_known(item, f"expected[{index}]") for index, item in enumerate(data))


def _known(data: Any, where: str) -> Known:
    _expect(isinstance(data, dict), where, "an object", data)
    for key in data:
        _expect(key in ("rule", "party", "versions"), where, "rule, party or versions", key)
    rule, party, versions = data.get("rule"), data.get("party", "app"), data.get("versions", {})
    _expect(rule in CATALOGUE if isinstance(rule, str) else False, f"{where}.rule", "a rule's id", rule)
    _expect(party in ("app", "server"), f"{where}.party", "app or server", party)
    _expect(
        isinstance(versions, dict), f"{where}.versions", 'an object such as {"starlette": "<1.2"}', versions
    )
    for name, wanted in versions.items():
        _expect(isinstance(wanted, str), f"{where}.versions.{name}", "conditions as text", wanted)
        try:
            version_fits("0", wanted)
        except ValueError as error:
            raise ValueError(f"{where}.versions.{name}: {error}") from None
    return Known(rule, party, versions)


def _expect(holds: bool, where: str, wanted: str, got: Any) -> None:
    if not holds:
        raise ValueError(f"{where}: expected {wanted}, but got {repr(got)[:200]}")


def write(path: str | os.PathLike[str], seed: Seed) -> None:
    """Write a file whole or not at all: a reader sees the old content or the new. Makes missing folders."""
    files.replace_text(path, to_text(seed))


def write_new(path: str | os.PathLike[str], seed: Seed) -> bool:
    """The same, but never over a file that is there: returns whether it was written."""
    return files.write_new(path, to_text(seed))


def to_text(seed: Seed) -> str:
    """The text of a file: indented, but what fits on a line stands on one."""
    return printed(seed.to_json())


def printed(data: Any) -> str:
    """JSON data as the text of a file."""
    return _printed(data, 0) + "\n"


def _printed(data: Any, indent: int) -> str:
    flat = json.dumps(data, allow_nan=False)
    if not isinstance(data, list | dict) or not data or indent + len(flat) <= 90:
        return flat
    pad = " " * (indent + 2)
    if isinstance(data, dict):
        items = [f"{json.dumps(key)}: {_printed(item, indent + 2)}" for key, item in data.items()]
    else:
        items = [_printed(item, indent + 2) for item in data]
    opening, closing = "{}" if isinstance(data, dict) else "[]"
    return f"{opening}\n{pad}" + f",\n{pad}".join(items) + f"\n{' ' * indent}{closing}"


def find(path: str | os.PathLike[str]) -> Iterator[Path]:
    """The seed files that a path stands for: itself, or all below a folder, sorted.

    Raises SeedError if it does not exist or holds none.
    """
    start = Path(path)
    if not start.exists():
        raise SeedError(f"{path}: expected a seed file or a folder, but there is none")
    if not start.is_dir():
        yield start
        return
    found = sorted(start.rglob(f"*{SUFFIX}"))
    if not found:
        raise SeedError(f"{path}: expected seed files (*{SUFFIX}) in this folder, but there are none")
    yield from found
