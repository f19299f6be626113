"""What README shows is what comes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from asgisim.cli.main import main

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
ROOT = Path(__file__).parents[1]


def block(language: str, number: int = 0) -> str:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)[number]


def settled(text: str) -> str:
    """Without counts and seconds: they change with every new scenario, and with the machine."""
    text = re.sub(r"\d+ examples in [\d.]+ s\. Rules: \d+ held, 2 broken, \d+ not", "N examples", text)
    text = re.sub(r"Seen    in \d+ scenarios", "Seen    in N scenarios", text)
    # What an app of five lines leaves uncompared, and how the summary wraps, is not the point.
    return re.split(r"\nN examples|\n\d+ examples", text)[0]


def test_the_first_app_gives_the_output_that_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hello.py").write_text(block("python"), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["check", "hello:app"]) == 1
    assert settled(capsys.readouterr().out) == settled(block("text"))


def test_the_property_test_runs_and_fails_as_it_should(tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text(block("python"), "utf-8")
    (tmp_path / "test_hello.py").write_text(block("python", 1), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_hello.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1, done.stdout
    assert "BrokenRules" in done.stdout


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()
