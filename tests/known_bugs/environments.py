"""Virtual environments of old versions, built once into .cache/known-bugs and kept there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.known_bugs.entries import Entry, load

CACHE = Path(__file__).parents[2] / ".cache" / "known-bugs"


class NotBuilt(Exception):
    """An environment cannot be had here: no such Python, or the installation failed."""


def folder(python: str, requirements: tuple[str, ...]) -> Path:
    """Where the environment of these requirements lies or will lie."""
    key = json.dumps([python, *requirements])
    return CACHE / hashlib.sha256(key.encode()).hexdigest()[:12]


def interpreter(entry: Entry, side: str) -> Path:
    """The Python of this entry's environment; builds it if need be. Raises NotBuilt with the tool's words."""
    return built(entry.interpreter(side), entry.requirements(side))


def built(version: str, requirements: tuple[str, ...]) -> Path:
    """The Python of an environment with these requirements; builds it if need be. Raises NotBuilt."""
    home = folder(version, requirements)
    python = home / "bin" / "python"
    if (home / "ready").exists():
        return python
    shutil.rmtree(home, ignore_errors=True)
    home.parent.mkdir(parents=True, exist_ok=True)
    _run(["venv", "--quiet", "--python", _base(version), str(home)])
    # Old packages that are built here want a setuptools that still has pkg_resources.
    constraint = home / "build.txt"
    constraint.write_text("setuptools<81\n")
    options = ["--quiet", "--python", str(python), "--build-constraint", str(constraint)]
    _run(["pip", "install", *options, *requirements])
    (home / "ready").write_text("\n".join(requirements) + "\n")
    return python


def _base(version: str) -> str:
    """The interpreter for "3.12": one of pyenv's, if there is one, else what uv finds."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = sorted(root.glob(f"{version}.*/bin/python"))
    return str(found[-1]) if found else version


def _run(arguments: list[str]) -> None:
    uv = shutil.which("uv")
    if uv is None:
        raise NotBuilt("uv is not installed")
    done = subprocess.run([uv, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotBuilt(f"uv {' '.join(arguments)}: {done.stderr.strip()[-2000:]}")


def main(wanted: list[str]) -> int:
    """Build the environments of these entries, or of all of them."""
    failed = 0
    for entry in load():
        if wanted and entry.id not in wanted:
            continue
        for side in entry.sides:
            try:
                print(entry.id, side, interpreter(entry, side), flush=True)
            except NotBuilt as error:
                failed += 1
                print(entry.id, side, "not built:", error, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
