"""Every script of docs/findings runs, and with the versions of its page the finding is still there."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from asgisim.spec import CATALOGUE

FOLDER = Path(__file__).parent.parent / "docs" / "findings"
SCRIPTS = sorted(FOLDER.glob("*.py"))
IMPORTS = re.compile(r"^(?:import|from) (\w+)", re.MULTILINE)


def missing(script: Path) -> list[str]:
    """What the script imports and is not installed."""
    names = sorted(set(IMPORTS.findall(script.read_text(encoding="utf-8"))))
    return [name for name in names if importlib.util.find_spec(name) is None]


# The versions with which each page says that its scripts end in BUG; what differs stands below.
VERIFIED = {
    "starlette": ("starlette", "1.10.0"),
    "fastapi": ("fastapi", "0.165.0"),
    "quart": ("quart", "0.22.0", "0.23.1"),
    "django": ("django", "5.2.19", "6.1.3"),
    "litestar": ("litestar", "2.25.0"),
    "blacksheep": ("blacksheep", "2.6.4"),
    "falcon": ("falcon", "4.4.0"),
    "sanic": ("sanic", "25.12.1"),
}
GONE = {("quart-cancel", "0.23.1")}
PAGE = (FOLDER.parent / "findings.md").read_text(encoding="utf-8")


def ending(script: Path) -> str:
    """The last line that the script prints."""
    command = [sys.executable, script.name]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False)
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    assert lines[-1] in ("BUG", "OK"), done.stdout + done.stderr
    return lines[-1]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_the_finding_is_still_there(script: Path) -> None:
    if absent := missing(script):
        pytest.skip(f"not installed: {', '.join(absent)}")
    name, *verified = VERIFIED[script.stem.partition("-")[0]]
    installed, told = metadata.version(name), ending(script)
    if installed not in verified:
        pytest.skip(f"says {told} with {name} {installed}; verified with {', '.join(verified)}")
    assert told == ("OK" if (script.stem, installed) in GONE else "BUG")


def test_every_script_is_told_of_and_every_script_told_of_is_there() -> None:
    told = set(re.findall(r"`([a-z0-9-]+)\.py`", PAGE))
    assert told == {script.stem for script in SCRIPTS}
    for script in SCRIPTS:
        page = (FOLDER / f"{script.stem.partition('-')[0]}.md").read_text(encoding="utf-8")
        assert f"`{script.name}`" in page, script.name


def test_every_rule_that_is_told_of_exists_and_the_versions_are_on_the_page() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and ".py`" in line]
    for row in rows:
        for rule in re.findall(r"`([a-z]+\.[a-z0-9.-]+)`", row):
            assert rule.endswith(".py") or rule in CATALOGUE, rule
    for _, *versions in VERIFIED.values():
        assert all(version in PAGE for version in versions), versions


def test_no_script_uses_asgisim() -> None:
    assert SCRIPTS
    for script in SCRIPTS:
        assert "asgisim" not in IMPORTS.findall(script.read_text(encoding="utf-8")), script.name
