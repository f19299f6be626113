"""The entries: which bug, in which versions, with which app, and what must be found."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
APPS = HERE / "apps"
MIDDLEWARES = HERE / "middlewares"
FRAMEWORK = "frameworks"
KINDS = {  # of entries, by the file in which they stand
    "middleware": "middleware, in an app",
    "through_middleware": "middleware, through `--middleware`",
    "held_out": "held out",
    "held_out_again": "held out again, apps",
    "held_out_through": "held out again, through `--middleware`",
}
HELD_OUT = tuple(kind for name, kind in KINDS.items() if name.startswith("held_out"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One bug. expect: ids or prefixes of the rules of which one must be found on bad and on fixed not.

    fixed: the version without it (mended, or from before it came in); empty where the newest release still
    has it. says: for crashes of such an entry, words of which one must stand in the message, in the place
    or in the scenario, since there is no other version to compare with.
    """

    id: str
    mark: str
    package: str
    bad: str
    fixed: str
    python: str
    python_fixed: str
    pins: dict[str, tuple[str, ...]]  # "bad" and "fixed": what is installed beside the package
    app: str  # a module of apps/ with an app, or of middlewares/ with make(app)
    expect: tuple[str, ...]
    says: tuple[str, ...]
    protocol: str  # on which it must be found; empty for any
    miss: str  # why no rule can tell this bug, where that is known
    reference: str
    middleware: bool = False  # run through --middleware
    kind: str = FRAMEWORK

    @property
    def sides(self) -> tuple[str, ...]:
        """The versions there are: "bad", and "fixed" if there is one."""
        return ("bad", "fixed") if self.fixed else ("bad",)

    @property
    def folder(self) -> Path:
        """Where the module lies that is fuzzed."""
        return MIDDLEWARES if self.middleware else APPS

    def interpreter(self, side: str) -> str:
        """The Python of this side, as "3.12"."""
        return self.python if side == "bad" else self.python_fixed

    def requirements(self, side: str) -> tuple[str, ...]:
        """What the environment of this side ("bad" or "fixed") holds."""
        version = self.bad if side == "bad" else self.fixed
        return (f"{self.package}=={version}", *self.pins[side])

    def expects(self, rule: str, protocol: str) -> bool:
        """Whether finding this rule broken on this protocol is finding this bug."""
        if self.protocol and protocol != self.protocol:
            return False
        return any(rule == name or (name.endswith(".") and rule.startswith(name)) for name in self.expect)


def load(folder: Path = HERE / "entries") -> list[Entry]:
    """All entries, by package, then in the order of the file. Raises KeyError for one that is not whole."""
    return [
        _entry(data["package"], item, KINDS.get(path.stem, FRAMEWORK))
        for path in sorted(folder.glob("*.toml"))
        for data in [tomllib.loads(path.read_text("utf-8"))]
        for item in data["entry"]
    ]


def _entry(package: str, item: dict[str, Any], kind: str) -> Entry:
    bad, fixed = [*item["versions"], ""][:2]
    common = item.get("pins", [])
    pins = {
        "bad": tuple(item.get("pins_bad", common)),
        "fixed": tuple(item.get("pins_fixed", common)),
    }
    return Entry(
        item["id"],
        item["mark"],
        item.get("package", package),
        bad,
        fixed,
        item["python"],
        item.get("python_fixed", item["python"]),
        pins,
        item.get("middleware") or item["app"],
        tuple(item.get("expect", ())),
        tuple(item.get("says", ())),
        item.get("protocol", ""),
        item.get("miss", ""),
        item["reference"],
        "middleware" in item,
        kind,
    )
