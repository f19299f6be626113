"""The hand-written package list of pyproject.toml and the folders agree."""

from __future__ import annotations

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
