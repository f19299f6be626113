"""Who may import whom (docs/explanation/architecture.md): read from the sources, not run."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PURE = (
    "codec", "spec", "trace", "scenario", "judge", "space", "equal", "overlap", "fuzz", "middleware",
    "drive.sim", "drive.puppet",
)  # fmt: skip
OURS = {"asgisim"}

# room: what of ours it may import. A room covers everything below it; the longest name wins.
MAY = {
    "spec": ("spec",),
    "codec": (),
    "files": (),
    "trace": ("codec", "spec"),
    "scenario": ("codec", "spec", "notation"),
    "notation": ("codec", "spec", "trace"),
    "judge": ("codec", "spec", "trace", "scenario"),
    "space": ("codec", "spec", "scenario", "trace"),
    "wire": (
        "codec", "spec", "trace", "scenario", "judge", "drive", "servers", "fuzz", "target", "seeds", "files",
        "wire",
    ),
    "wire.judge": ("codec", "spec", "trace", "scenario", "judge", "drive.wire", "wire.judging"),
    "wire.judging": ("codec", "spec", "trace", "scenario", "judge", "drive.wire", "wire.judging"),
    "wire.space": ("drive.wire.script", "wire"),
    "wire.cases": ("codec", "wire.cases"),
    "equal": ("codec", "spec", "scenario", "trace", "judge", "space"),
    "overlap": ("codec", "spec", "scenario", "trace", "space", "equal"),
    "examples": ("codec", "spec", "trace", "scenario"),
    "drive": ("codec", "spec", "trace", "scenario", "drive", "servers"),
    "servers": ("codec", "spec", "trace", "scenario", "servers", "drive", "reference"),
    "reference": ("codec", "spec", "trace", "scenario", "reference"),
    "strategies": ("codec", "spec", "scenario", "space", "strategies", "examples", "reference", "trace"),
    "fuzz": (
        "codec", "spec", "trace", "scenario", "judge", "space", "equal", "overlap", "drive", "servers",
        "strategies", "fuzz", "target",
    ),
    "middleware": (
        "codec", "spec", "trace", "scenario", "judge", "space", "equal", "drive.sim", "fuzz", "reference",
        "middleware",
    ),
    "grid.model": ("grid.model",),
    "grid.tally": ("grid.model",),
    "grid.compare": ("grid.model", "grid.tally"),
    "grid": (
        "codec", "spec", "trace", "scenario", "notation", "judge", "drive", "servers", "lint", "seeds",
        "files", "target", "frameworks", "grid",
    ),
    "report": (
        "codec", "spec", "trace", "scenario", "notation", "judge", "fuzz.findings", "examples", "report",
        "grid.model", "grid.tally", "grid.compare",
    ),
}  # fmt: skip
NEVER = {
    "drive": {"hypothesis", "pytest", "rich"},
    "servers": {"hypothesis", "pytest", "rich"},
    "strategies": {"pytest", "rich"},
    "report": {"hypothesis", "pytest"},
}


def modules() -> list[tuple[str, Path]]:
    found = []
    for folder, prefix in ((ROOT / "asgisim", ""), (ROOT / "strategies", "strategies.")):
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            if folder.name == "asgisim" and parts[0] in ("strategies", "frameworks"):
                continue  # the links: strategies is walked by its own name
            found.append((prefix + ".".join(p for p in parts if p != "__init__"), path))
    return found


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names.add(node.module or "")
            names.update(f"{node.module}.{alias.name}" for alias in node.names if node.module == "asgisim")
    return names - OURS


def room_of(name: str, rooms: tuple[str, ...]) -> str | None:
    fitting = [room for room in rooms if name == room or name.startswith(room + ".")]
    return max(fitting, key=len, default=None)


@pytest.mark.parametrize(
    ("name", "path"), modules(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_imports_follow_the_plan(name: str, path: Path) -> None:
    room = room_of(name, tuple(MAY))
    if room is None:
        return  # the doors (api, cli, pytest plugin) may import everything
    for used in imported(path):
        if used.startswith("asgisim."):
            ours = used.removeprefix("asgisim.")
            assert room_of(ours, (*MAY[room], room)) is not None, f"{name} ({room}) imports {used}"
        top = used.split(".")[0]
        assert top not in NEVER.get(room, set()), f"{name} ({room}) imports {used}"


@pytest.mark.parametrize(
    ("name", "path"), modules(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_in_process_side_needs_the_standard_library_only(name: str, path: Path) -> None:
    if room_of(name, PURE) is None:
        return
    # Imported where they are, and done without where they are not.
    optional = {"trio", "anyio", "outcome", "sniffio"} if name.startswith("drive.sim") else set()
    optional |= {"hypothesis"} if name == "fuzz.drawn" else set()
    for used in imported(path):
        top = used.split(".")[0]
        if top != "asgisim" and top not in optional:
            assert top in sys.stdlib_module_names or top == "__future__", f"{name} imports {used}"
