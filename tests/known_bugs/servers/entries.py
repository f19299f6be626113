"""The pairs of server versions, as entries.toml and held_out.toml have them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.known_bugs.environments import built

ENTRIES = Path(__file__).parent / "entries.toml"
HELD_OUT = ENTRIES.with_name("held_out.toml")  # nothing of asgisim was made with these in view


@dataclass(frozen=True, slots=True)
class Bug:
    """One pair. server: the name as --server takes it. expect: ids or prefixes (with a dot at the end)."""

    id: str
    package: str
    bad: str
    fixed: str
    python: str
    server: str
    pins: list[str]
    expect: list[str]
    other: tuple[str, ...] = ()
    miss: str = ""  # why no rule can tell it, where that is known
    round: int = 1  # of those that are held out: when it was chosen

    def interpreter(self, version: str) -> str:
        """The Python of this version's environment. Raises NotBuilt."""
        return str(built(self.python, (f"{self.package}=={version}", *self.pins)))

    def expects(self, rule: str) -> bool:
        """Whether finding this rule broken is finding this bug."""
        return rule not in self.other and any(
            rule == name or (name.endswith(".") and rule.startswith(name)) for name in self.expect
        )


def load(path: Path = ENTRIES) -> list[Bug]:
    """All entries. Raises TypeError for one that is not whole."""
    return [Bug(**one) for one in tomllib.loads(path.read_text("utf-8"))["bug"]]
