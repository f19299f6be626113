"""Every script of docs/findings/servers runs, and says BUG or OK: an upgrade may turn one into the other."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).parent.parent / "docs" / "findings" / "servers"
SCRIPTS = sorted(FOLDER.glob("[!_]*.py"))
# What the stacks are made of; each script names the stacks that it runs.
MODULES = {
    "uvicorn-h11": ("uvicorn", "h11", "wsproto"),
    "uvicorn-httptools": ("uvicorn", "httptools", "websockets"),
    "hypercorn": ("hypercorn",),
    "daphne": ("daphne",),
    "granian": ("granian",),
    "gunicorn": ("gunicorn",),
}


def servers(script: Path) -> list[str]:
    """The stacks that the last call of the script names, in its order."""
    call = script.read_text(encoding="utf-8").rpartition("main(")[2]
    return [name for name in re.findall(r'"([\w-]+)"', call) if name in MODULES]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_script_still_tells(script: Path) -> None:
    needed = {module for name in servers(script) for module in MODULES[name]}
    if absent := sorted(name for name in needed if importlib.util.find_spec(name) is None):
        pytest.skip(f"not installed: {', '.join(absent)}")
    command = [sys.executable, script.name]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False)
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    print("\n".join(lines))
    assert lines[-1] in ("BUG", "OK"), done.stdout + done.stderr
    # One verdict for each server, so that none was left out in silence.
    assert [line.partition(":")[0] for line in lines[:-1]] == servers(script)


def test_scripts_use_no_asgisim() -> None:
    assert SCRIPTS
    for script in FOLDER.glob("*.py"):
        assert "import asgisim" not in (text := script.read_text(encoding="utf-8")), script.name
        assert "from asgisim" not in text, script.name


def test_each_script_names_its_servers() -> None:
    for script in SCRIPTS:
        assert servers(script), script.name


def test_page_lists_the_scripts() -> None:
    page = (FOLDER.parent / "servers.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\(servers/(\w+\.py)\)", page)) == {script.name for script in SCRIPTS}
