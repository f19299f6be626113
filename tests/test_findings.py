"""Every script of docs/findings runs, and says BUG or OK: an upgrade may turn one into the other."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "docs" / "findings"
SCRIPTS = sorted(FOLDER.glob("*.py"))
IMPORTS = re.compile(r"^(?:import|from) (\w+)", re.MULTILINE)


def missing(script: Path) -> list[str]:
    """What the script imports and is not installed."""
    names = sorted(set(IMPORTS.findall(script.read_text(encoding="utf-8"))))
    return [name for name in names if importlib.util.find_spec(name) is None]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_script_still_tells(script: Path) -> None:
    if absent := missing(script):
        pytest.skip(f"not installed: {', '.join(absent)}")
    command = [sys.executable, script.name]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False)
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    print(f"{script.stem}: {lines[-1]}")
    assert lines[-1] in ("BUG", "OK"), done.stdout + done.stderr


def test_no_script_uses_asgisim() -> None:
    assert SCRIPTS
    for script in SCRIPTS:
        assert "asgisim" not in IMPORTS.findall(script.read_text(encoding="utf-8")), script.name
