"""[tool.asgisim] of pyproject.toml: the same keys and checks as the options."""

from __future__ import annotations

from pathlib import Path

import pytest

from asgisim.cli import config
from asgisim.cli import main as cli
from asgisim.spec.editions import Edition


def write(folder: Path, lines: str) -> Path:
    path = folder / "pyproject.toml"
    path.write_text(f"[tool.asgisim]\n{lines}\n")
    return path


def test_values_become_defaults_and_options_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        tmp_path,
        'app = "a:b"\nmax-examples = 7\nmax-time = 2.5\npath = ["/x", "PUT:/y"]\nprotocol = "http"\n'
        'factory = true\nedition = "2.3"\nonly = ["robust"]',
    )
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    options = cli.parse(["fuzz"])
    assert options.apps == ["a:b"]
    assert (options.max_examples, options.max_time, options.factory) == (7, 2.5, True)
    assert (options.path, options.protocol, options.only) == (["/x", "PUT:/y"], ["http"], ["robust"])
    assert options.edition == Edition((2, 3))
    options = cli.parse(["fuzz", "c:d", "--max-examples", "8"])
    assert (options.apps, options.max_examples) == (["c:d"], 8)
    # A key that only another command has is no mistake.
    assert cli.parse(["check"]).apps == ["a:b"]


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ("max-examples = 0", "tool.asgisim.max-examples: expected a whole number from 1 on, but got '0'"),
        ("max-examples = [1]", "tool.asgisim.max-examples: expected one value, but got [1]"),
        ("factory = 1", "tool.asgisim.factory: expected true or false, but got 1"),
        ('level = "shuld"', "expected one of must, should, implied, but got 'shuld'; did you mean should?"),
        ("max_examples = 1", "tool.asgisim.max_examples: there is no such key; did you mean max-examples?"),
        ("= 1", "expected TOML, but "),
    ],
)
def test_invalid_values_name_file_and_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str, error: str
) -> None:
    path = write(tmp_path, lines)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(config.ConfigError) as caught:
        cli.parse(["fuzz"])
    assert str(caught.value).startswith(f"{path}: ")
    assert error in str(caught.value)


def test_a_file_without_the_table_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text("[project]\nname = 'x'\n")
    assert config.read(path) == {}
    path.write_text("tool = 3")
    assert config.read(path) == {}
