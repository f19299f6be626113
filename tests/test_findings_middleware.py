"""Every script of docs/findings/middleware runs; with the versions of the page the finding is still there."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from asgisim.spec import CATALOGUE
from tests.test_findings import missing

FOLDER = Path(__file__).parent.parent / "docs" / "findings" / "middleware"
SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if path.stem != "_run")
PAGE = FOLDER.with_suffix(".md").read_text(encoding="utf-8")
# | package version | `rule` | level | `script.py` | ...
ROWS = {
    script: (package, version, rule, level)
    for package, version, rule, level, script in re.findall(
        r"^\| (\S+) (\S+) \| `([a-z0-9.-]+)` \| ([a-z, ]+) \| `([a-z0-9-]+)\.py`", PAGE, re.MULTILINE
    )
}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_the_finding_is_still_there(script: Path) -> None:
    if absent := [name for name in missing(script) if name != "_run"]:
        pytest.skip(f"not installed: {', '.join(absent)}")
    package, version, _, _ = ROWS[script.stem]
    try:
        installed = metadata.version(package)
    except metadata.PackageNotFoundError:  # of a name that several packages share only another is there
        pytest.skip(f"not installed: {package}")
    command = [sys.executable, script.name]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False)
    told = done.stdout.splitlines()[-1:]
    assert told in (["BUG"], ["OK"]), done.stdout + done.stderr
    if installed != version:
        pytest.skip(f"says {told[0]} with {package} {installed}; verified with {version}")
    assert told == ["BUG"]


def test_every_script_has_its_row_and_tells_its_rule() -> None:
    assert ROWS.keys() == {script.stem for script in SCRIPTS}
    assert PAGE.startswith(f"# Middleware\n\n{len(SCRIPTS)} findings")
    for script in SCRIPTS:
        text = script.read_text(encoding="utf-8")
        _, _, rule, level = ROWS[script.stem]
        assert text.startswith(f'"""{rule}: ')
        assert level == CATALOGUE[rule].level.value + (", ours" if rule[:7] in ("robust.", "between") else "")
        assert "asgisim" not in text
