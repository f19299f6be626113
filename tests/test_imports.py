"""Who may import whom (docs/explanation/architecture.md): read from the sources, not run."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PURE = (
    "files", "spec", "model", "judge", "space", "equal", "fuzz", "middleware", "drive.sim", "drive.puppet",
)  # fmt: skip
OURS = {"asgisim"}

# room: what of ours it may import. A room covers everything below it; the longest name wins.
MAY = {
    "files": (),
    "spec": (),
    "model": ("files", "spec"),
    "model.codec": (),
    "model.trace": ("model.codec",),
    "model.notation": ("model.codec", "model.trace"),
    "model.scenario": ("model.codec", "model.notation"),
    "judge": ("spec", "model"),
    "space": ("model",),
    "equal": ("spec", "model", "space"),
    "examples": ("spec", "model"),
    "target": ("files", "model", "wsgi", "space"),
    "wire": ("files", "spec", "model", "judge", "drive", "servers", "fuzz"),
    "wire.judge": ("spec", "model", "judge", "drive.wire", "wire.judging"),
    "wire.judging": ("spec", "model", "judge", "drive.wire"),
    "wire.space": ("drive.wire.script", "wire"),
    "wire.cases": ("model.codec",),
    "drive": ("spec", "model", "servers"),
    "servers": ("reference",),
    "reference": (),
    "strategies": ("spec", "model", "space", "examples", "reference"),
    "fuzz": ("spec", "model", "judge", "space", "equal", "drive", "strategies"),
    "middleware": ("spec", "model", "judge", "space", "equal", "drive.sim", "fuzz", "reference"),
    "grid": ("files", "model", "judge", "drive", "servers", "lint", "target", "frameworks"),
    "grid.model": (),
    "grid.tally": ("grid.model",),
    "grid.compare": ("grid.model",),
    "report": (
        "spec", "model", "judge", "examples", "grid.model", "grid.tally", "grid.compare",
    ),
    "probe": ("spec", "model", "judge", "drive", "wire", "frameworks"),
    "bench": (
        "model", "judge", "space", "drive", "servers", "fuzz", "reference", "wire", "lint", "client",
    ),
    "frameworks": (),
    "frameworks.__main__": ("files", "spec", "space", "target", "fuzz", "frameworks"),
    "lint": ("spec", "model", "judge"),
    "wsgi": (),
    "serving": ("servers",),
    "client": ("spec", "model", "judge", "drive", "lint", "report"),
    "api": ("spec", "space", "fuzz"),
}  # fmt: skip
NEVER = {
    "drive": {"hypothesis", "pytest", "rich"},
    "servers": {"hypothesis", "pytest", "rich"},
    "strategies": {"pytest", "rich"},
    "report": {"hypothesis", "pytest"},
}


def modules() -> list[tuple[str, Path]]:
    found = []
    for folder, prefix in (
        (ROOT / "asgisim", ""),
        (ROOT / "strategies", "strategies."),
        (ROOT / "frameworks", "frameworks."),
    ):
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            if folder.name == "asgisim" and parts[0] in ("strategies", "frameworks"):
                continue  # the links: both are walked by their own names
            found.append(((prefix + ".".join(p for p in parts if p != "__init__")).rstrip("."), path))
    return found


MODULES = {f"asgisim.{name}" for name, _ in modules()}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                names.add(whole if whole in MODULES else node.module or "")
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


@pytest.mark.parametrize("room", MAY)
def test_the_plan_allows_no_more_than_is_there(room: str) -> None:
    used = {
        name.removeprefix("asgisim.")
        for module, path in modules()
        if room_of(module, tuple(MAY)) == room
        for name in imported(path)
    }
    idle = [other for other in MAY[room] if other != room and not any(room_of(one, (other,)) for one in used)]
    assert idle == []


def test_the_page_shows_the_rooms_that_there_are() -> None:
    table = (
        (ROOT / "docs/explanation/architecture.md")
        .read_text("utf-8")
        .split("| room | holds | may import |")[1]
    )
    rows = [row.split(" | ") for row in table.split("\n\n")[0].splitlines()[2:]]
    shown = [name for row in rows for name in re.findall("`([a-z_]+)`", row[0])]
    there = {name.partition(".")[0] for name, _ in modules()} - {"", "__main__"}
    assert sorted(shown) == sorted(there)
    for row in rows:
        for name in re.findall("`([a-z_]+)`", row[0]):
            if "`" in row[2]:  # else it is said in words
                planned = {other.partition(".")[0] for at in (name,) for other in MAY[at]} - {name}
                assert set(re.findall("`([a-z_]+)`", row[2])) == planned, name
