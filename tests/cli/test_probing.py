"""asgisim probe, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from asgisim.cli.main import main
from asgisim.drive import mirror
from asgisim.frameworks import bare_app
from asgisim.serving import Serving


def test_a_clean_copy_gives_0(capsys: pytest.CaptureFixture[str]) -> None:
    with Serving(bare_app.app, "reference") as server:
        assert main(["probe", server.url, "--rate", "1000"]) == 0
    out = capsys.readouterr().out
    assert "The contract app answers: 55 of 55 contract cases as promised." in out
    assert f"asgisim probe {server.url}: nothing broken" in out


def test_what_is_broken_gives_1_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    async def wrong(scope: Any, receive: Any, send: Any) -> None:
        await mirror.app({**scope, "method": "get"} if scope["type"] == "http" else scope, receive, send)

    with Serving(wrong, "reference") as server:
        assert main(["probe", server.url, "--rate", "1000", "--format", "json", "--only", "http.scope"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["command"], data["app"], data["target"]["server"]) == ("probe", "puppet", server.url)
    assert {one["rule"].rpartition(".")[0] for one in data["findings"]} == {"http.scope.method"}
    assert all(one["replay"].startswith(f"asgisim probe {server.url} --only ") for one in data["findings"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["http://192.0.2.1"], "--allow-remote"),
        (["nothing"], "expected a URL such as http://127.0.0.1:8000"),
        (["http://127.0.0.1:1"], "cannot be reached: Connection refused"),
        (["http://127.0.0.1:1", "--count", "0"], "--count"),
        (["http://127.0.0.1:1", "--rate", "0"], "--rate"),
        ([], "expected url"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_2(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["probe", *arguments]) == 2
    error = capsys.readouterr().err.replace("\r\x1b[K", "")
    assert told in error.lower() if told == "expected url" else told in error
    assert error.count("\n") == 1


def test_no_file_allows_another_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.asgisim]\nallow-remote = true\n")
    monkeypatch.chdir(tmp_path)
    assert main(["probe", "http://192.0.2.1"]) == 2
    assert "tool.asgisim.allow-remote: there is no such key" in capsys.readouterr().err
