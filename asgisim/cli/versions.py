"""``asgisim --version``: what someone who reads a report of a fault wants to know."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import asgisim
from asgisim.frameworks.apps import APPS
from asgisim.servers import PLAIN
from asgisim.servers.reference import REFERENCE

TOLD = {
    "needs": ("hypothesis", "rich"),
    "extras": ("anyio", "h11", "h2", "httpx", "pytest", "trio", "trustme", "uvloop", "wsproto"),
    "frameworks": tuple(sorted({name for app in APPS for name in app.needs})),
    "servers": tuple(sorted({*PLAIN} - {REFERENCE.name})),
}


def told() -> str:
    """The version on the first line; below it the interpreter and each package that is installed."""
    lines = [f"asgisim {asgisim.__version__}"]
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    lines.append(f"  {'python':<11}{platform.python_implementation()} {platform.python_version()}, {system}")
    for group, names in TOLD.items():
        there = [f"{name} {number}" for name in names if (number := _version(name))]
        lines += _listed(group, there or ["none"])
    return "\n".join(lines)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _listed(group: str, words: list[str]) -> list[str]:
    lines, line = [], f"  {group:<11}{words[0]}"
    for word in words[1:]:
        if len(line) + len(word) + 2 > 79:
            lines.append(f"{line},")
            line = f"{'':<13}{word}"
        else:
            line += f", {word}"
    return [*lines, line]
