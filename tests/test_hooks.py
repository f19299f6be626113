"""The hook that pre-commit reads from the top of the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from asgisim.cli.arguments import build

HOOKS = Path(__file__).parents[1] / ".pre-commit-hooks.yaml"


def test_the_hook_runs_a_command_that_there_is() -> None:
    yaml = pytest.importorskip("yaml")
    (hook,) = yaml.safe_load(HOOKS.read_text("utf-8"))
    assert hook["id"] == "asgisim-check"
    program, command = hook["entry"].split()
    assert (program, command in build()[1]) == ("asgisim", True)
    assert hook["pass_filenames"] is False  # they would be taken for apps
    assert hook["language"] == "python"
