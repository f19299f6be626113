"""Accepted findings: the file is made, brought up to date, and rid of what has gone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from asgisim.cli.main import main

APP = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    await send({"type": "http.response.start", "status": STATUS, "headers": [(NAME, b"1")]})
    await send({"type": "http.response.body"})
"""
CAPITAL = "http.response.start.headers.lowercase"
STATUS = "http.response.start.status.type"
CHECK = ["check", "accepted:app", "--path", "GET:/", "--protocol", "http", "--baseline", "known.json"]


def write(folder: Path, name: str = "b'x-a'", status: str = "200") -> None:
    (folder / "accepted.py").write_text(APP.replace("NAME", name).replace("STATUS", status))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # it is written again within the same second
    return tmp_path


def check(*arguments: str) -> int:
    sys.modules.pop("accepted", None)
    return main([*CHECK, *arguments])


def rules(folder: Path) -> list[str]:
    data = json.loads((folder / "known.json").read_text())
    assert data["baseline"] == 1
    return [one["rule"] for one in data["findings"]]


def test_update_makes_the_file_and_takes_new_ones_in(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, "b'X-A'")
    assert check() == 2  # there is none yet
    assert check("--baseline-update") == 0
    assert "1 finding taken into known.json." in capsys.readouterr().out
    assert rules(folder) == [CAPITAL]
    assert check() == 0
    write(folder, "b'X-A'", "'200'")
    assert check() == 1
    assert check("--baseline-update") == 0
    assert set(rules(folder)) == {CAPITAL, STATUS}
    assert check() == 0


def test_what_has_gone_is_told_and_pruned(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, "b'X-A'")
    check("--baseline-update")
    write(folder)
    capsys.readouterr()
    assert check() == 0
    told = capsys.readouterr().out
    assert "1 finding of known.json no longer found; --baseline-prune drops them:\n  " + CAPITAL in told
    assert rules(folder) == [CAPITAL]
    assert check("--baseline-prune", "--ignore", CAPITAL) == 0  # nobody looked for it
    assert rules(folder) == [CAPITAL]
    assert check("--baseline-prune") == 0
    assert "1 finding no longer found, dropped from known.json." in capsys.readouterr().out
    assert rules(folder) == []


def test_another_target_is_left_alone(folder: Path) -> None:
    write(folder, "b'X-A'")
    check("--baseline-update")
    data = json.loads((folder / "known.json").read_text())
    other = {**data["findings"][0], "target": "another:app", "id": "00000000", "message": "elsewhere"}
    (folder / "known.json").write_text(json.dumps({"baseline": 1, "findings": [*data["findings"], other]}))
    assert check("--baseline-prune", "--baseline-update") == 0
    data = json.loads((folder / "known.json").read_text())
    assert {one["target"] for one in data["findings"]} == {"accepted:app", "another:app"}


def test_a_report_is_read_as_one_and_becomes_one(folder: Path) -> None:
    write(folder, "b'X-A'")
    report = [*CHECK[:-2], "--format", "json", "--output", "known.json"]
    assert main(report) == 1
    assert check() == 0
    assert check("--baseline-update") == 0
    assert rules(folder) == [CAPITAL]


def test_both_need_the_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder)
    for option in ("--baseline-update", "--baseline-prune"):
        assert main(["check", "accepted:app", option]) == 2
        assert f"{option}: expected --baseline FILE beside it" in capsys.readouterr().err
