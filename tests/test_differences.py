"""Every script of docs/findings/differences runs, and says whether all is still as the page tells."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "docs" / "findings" / "differences"
PAGE = FOLDER.parents[1] / "explanation" / "grid-differences.md"
SCRIPTS = sorted(FOLDER.glob("[!_]*.py"))
MODULES = {"uvicorn": ("uvicorn", "httptools", "websockets")}  # others have the name of their module


def pairs(script: Path) -> list[str]:
    """The pairs of framework and server that a script names, in its order."""
    found = [
        node.value for node in ast.walk(ast.parse(script.read_text("utf-8"))) if type(node) is ast.Constant
    ]
    names = [one for one in found if isinstance(one, str) and re.fullmatch("[a-z]+:[a-z]+", one)]
    return list(dict.fromkeys(names))


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_script_still_tells(script: Path) -> None:
    names = {name for pair in pairs(script) for name in pair.split(":")} - {"plain"}
    needed = {module for name in names for module in MODULES.get(name, (name,))}
    if absent := sorted(name for name in needed if importlib.util.find_spec(name) is None):
        pytest.skip(f"not installed: {', '.join(absent)}")
    done = subprocess.run(
        [sys.executable, script.name], cwd=FOLDER, capture_output=True, text=True, timeout=110, check=False
    )
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    print(done.stdout)
    assert lines[-1] in ("AS TOLD", "OTHERWISE"), done.stdout + done.stderr
    assert [":".join(line.split(":")[:2]) for line in lines[:-1]] == pairs(script)


def test_scripts_use_no_asgisim() -> None:
    assert SCRIPTS
    for script in FOLDER.glob("*.py"):
        assert not re.search(r"(import|from) asgisim", script.read_text(encoding="utf-8")), script.name


def test_each_script_names_its_pairs() -> None:
    for script in SCRIPTS:
        assert pairs(script), script.name


def test_page_lists_the_scripts() -> None:
    page = PAGE.read_text(encoding="utf-8")
    listed = set(re.findall(r"\(\.\./findings/differences/(\w+\.py)\)", page))
    assert listed == {script.name for script in SCRIPTS}
