"""The hand-written package list of pyproject.toml and the folders agree; the changelog can be made."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
MAPPED = {"strategies": "asgisim.strategies", "frameworks": "asgisim.frameworks"}


def folders() -> set[str]:
    found = set()
    for top, name in {"asgisim": "asgisim", **MAPPED}.items():
        for init in (ROOT / top).rglob("__init__.py"):
            inner = init.parent.relative_to(ROOT / top).parts
            if top == "asgisim" and inner and inner[0] in MAPPED:
                continue  # the courtesy links
            found.add(".".join((name, *inner)))
    return found


def test_packages_in_pyproject_are_the_folders() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert set(setuptools["packages"]) == folders()
    assert setuptools["package-dir"] == {name: top for top, name in MAPPED.items()}


def test_package_data_exists() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    for package, names in setuptools["package-data"].items():
        folder = ROOT / package.replace("asgisim.frameworks", "frameworks").replace(".", "/")
        for name in names:
            assert any(folder.glob(name)), f"{package}: {name}"


def test_fragments_of_the_changelog_become_a_version() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["towncrier"]
    kinds = settings["type"]
    fragments = [path for path in (ROOT / "newsfragments").iterdir() if path.name != "README.md"]
    for path in fragments:
        name = re.fullmatch(r"(?:\d+|\+[\w-]+)\.(\w+)\.md", path.name)
        assert name is not None, path
        assert name[1] in {kind["directory"] for kind in kinds}, path
        assert path.read_text("utf-8").strip().endswith((".", ")")), path
    command = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "9.9.9", "--date", "today"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "## 9.9.9 (today)" in done.stdout
    assert done.stdout.count("\n- ") == len(fragments)
    assert (ROOT / "CHANGELOG.md").read_text("utf-8").count(settings["start_string"]) == 1
