"""What `import asgisim` loads, and that its names are found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import asgisim

ROOT = Path(__file__).parents[1]
HEAVY = {"hypothesis", "pytest", "rich", "httpx", "anyio", "trio", "h11", "uvicorn", "asgiref"}


def loaded(code: str) -> set[str]:
    """The modules that this code loads, in an interpreter of its own."""
    program = f"import sys\nbefore = set(sys.modules)\n{code}\nprint(*set(sys.modules) - before)"
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return set(ran.stdout.split())


def test_the_import_alone_loads_nothing_of_the_rest() -> None:
    got = loaded("import asgisim")
    assert {name for name in got if name.startswith("asgisim")} == {"asgisim"}
    assert not got & {*HEAVY, "asyncio", "dataclasses", "inspect", "json", "logging"}


def test_lint_loads_the_judge_alone() -> None:
    got = loaded("from asgisim import Lint")
    assert not got & {*HEAVY, "asyncio", "subprocess", "ssl"}
    assert not [name for name in got if name.startswith(("asgisim.fuzz", "asgisim.space", "asgisim.drive"))]


def test_a_campaign_loads_nothing_beyond_the_standard_library() -> None:
    assert not loaded("from asgisim import fuzz, simulate") & HEAVY


@pytest.mark.parametrize("name", asgisim._PLACES)
def test_every_name_is_there(name: str) -> None:
    assert callable(getattr(asgisim, name))
    assert name in dir(asgisim)


@pytest.mark.parametrize("room", ["fuzz.campaign", "judge.watch"])
@pytest.mark.parametrize("name", ["fuzz", "judge"])
def test_functions_are_not_hidden_by_the_rooms_of_their_names(room: str, name: str) -> None:
    loaded(f"import asgisim.{room}\nfrom asgisim import {name}\nassert callable({name}), {name}")
    loaded(f"from asgisim import {name}\nimport asgisim.{room}\nassert callable(asgisim.{name})")


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        asgisim.nothing  # type: ignore[attr-defined]  # noqa: B018
