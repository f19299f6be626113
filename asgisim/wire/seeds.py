"""Seed files of findings over sockets: as asgisim.model.seeds has them, with a wire scenario and a server.

{"format": 1, "target": "hypercorn@trio", "listens": {"tls": true}, "scenario": {"wire": [...]}, "expected":
"clean"}
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from asgisim import files
from asgisim.drive.wire.script import WireScenario
from asgisim.model import seeds
from asgisim.model.seeds import Known, SeedError

# How a server is started, where not plainly; and the app behind it, where that is not our own.
LISTENS = {"tls": bool, "unix": bool, "workers": int, "app": str}
_STAND_IN = {"scope": {"type": "lifespan"}, "script": []}


@dataclass(slots=True)
class WireSeed:
    """The content of a file. target: the server's name, as --server takes it. See asgisim.model.seeds.Seed.

    listens: how the server is started, out of LISTENS.
    """

    scenario: WireScenario
    target: str | None = None
    expected: tuple[Known, ...] = ()
    note: str = ""
    rule: str | None = None
    listens: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The JSON data of the file; an empty note and a missing target are left out."""
        data: dict[str, Any] = {"format": seeds.FORMAT}
        data.update({"target": self.target} if self.target is not None else {})
        data.update({"rule": self.rule} if self.rule is not None else {})
        data.update({"listens": self.listens} if self.listens else {})
        data["scenario"] = self.scenario.to_json()
        data["expected"] = [known.to_json() for known in self.expected] if self.expected else "clean"
        return {**data, "note": self.note} if self.note else data

    def applying(self, installed: Mapping[str, str]) -> list[Known]:
        """The breaks that are expected in these versions."""
        return [known for known in self.expected if known.applies(installed)]


def is_wire(path: str | os.PathLike[str]) -> bool:
    """Whether a seed file holds a scenario for sockets. False for what cannot be read: others tell why."""
    try:
        data = seeds.read_data(path)
        return "wire" in data["scenario"]
    except (SeedError, TypeError, KeyError):
        return False


def read(path: str | os.PathLike[str]) -> WireSeed:
    """Read and check a file. Raises SeedError that names the file, the key and what was expected."""
    data = seeds.read_data(path)
    try:
        rest = dict(data) if isinstance(data, dict) else {}
        listens = _listens(rest.pop("listens", {}))
        # All but the scenario is checked as in every seed.
        plain = seeds.from_data({**rest, "scenario": _STAND_IN} if isinstance(data, dict) else data)
        scenario = WireScenario.from_json(rest.get("scenario"))
    except ValueError as error:
        raise SeedError(f"{path}: {error}") from None
    return WireSeed(scenario, plain.target, plain.expected, plain.note, plain.rule, listens)


def _listens(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict) or any(type(data[key]) is not LISTENS.get(key) for key in data):
        raise ValueError(f"listens: expected an object with {', '.join(LISTENS)}, but got {data!r:.200}")
    return data


def write(path: str | os.PathLike[str], seed: WireSeed) -> None:
    """Write a file whole or not at all. Makes missing folders."""
    files.replace_text(path, seeds.printed(seed.to_json()))
