"""``asgisim fuzz --server``: exit statuses, bad input, reports, and the table of differences."""

from __future__ import annotations

import errno
import importlib.util
import json
import os
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from asgisim import files
from asgisim.cli import servers
from asgisim.cli.main import main
from asgisim.model.trace import Trace
from asgisim.report.model import Item, Run, Target
from asgisim.servers import ServerError, ServerMissing, find
from asgisim.spec import CATALOGUE

RULE = "wire.http.chunked-not-to-http10"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Away from our own pyproject.toml."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("--server nosuch", "--server: there is no server 'nosuch'; expected one of "),
        ("--server nosuch:SERVER", "--server: the server nosuch:SERVER cannot be loaded: "),
        ("--server json:dumps", "--server: json:dumps: expected an asgisim.servers.Server, but got function"),
        (
            "--server reference@tokio",
            "--server: reference: expected a loop out of asyncio, uvloop, trio, but",
        ),
        ("--server daphne --loop trio", "--server daphne: expected a loop out of "),
        ("a --server granian --http2", "--http2: an app behind a server is asked over HTTP/1.1"),
        ("a --server reference --emit-script d", "--emit-script: scripts hold an app of their own"),
        ("nosuch_app:app --server reference", "there is no module 'nosuch_app'"),
        ("--server reference --path /a", "--path: routes belong to an app"),
        ("--server reference --header a:b", "--header: it is for an app's requests"),
        ("--server reference --factory", "--factory: there is no app to make"),
        (
            "--server reference --edition 2.3",
            "--edition: a server is judged by the edition that it announces",
        ),
        ("--server reference --workers 2", "--workers: reference serves with one process"),
        ("--server reference --tls --unix", "--tls: not over a unix socket"),
        ("--server daphne --http2", "--http2: daphne does not speak HTTP/2"),
        ("--server granian --http2 --emit-script d", "--emit-script: scripts speak HTTP/1.1 only"),
        ("--server reference --python /no/such", "reference: /no/such cannot be run: "),
        (
            "--server reference --baseline no.json",
            "--baseline: no.json cannot be read: No such file or directory",
        ),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    arguments: str, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fuzz", *arguments.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"asgisim: {error}")
    assert err.count("\n") == 1


def test_a_missing_package_is_one_line_and_exit_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ServerMissing("granian needs granian, which is not installed")

    monkeypatch.setattr("asgisim.drive.wire.play.start", missing)
    assert main(["fuzz", "--server", "granian"]) == 2
    assert capsys.readouterr().err == "asgisim: granian needs granian, which is not installed\n"


def test_a_server_that_does_not_start_tells_its_last_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise ServerError("x: it ended (exit status 1). The end of its log:\nTraceback\nValueError: no\n")

    monkeypatch.setattr("asgisim.drive.wire.play.start", failing)
    assert main(["fuzz", "--server", "reference"]) == 2
    expected = "asgisim: x: it ended (exit status 1). Its last words: ValueError: no\n"
    assert capsys.readouterr().err == expected


def test_ctrl_c_gives_the_report_and_exit_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("asgisim.drive.wire.play.Session.run", interrupted)
    assert main(["fuzz", "--server", "reference", "--server", "reference@trio"]) == 130
    assert "Interrupted" in capsys.readouterr().out


def test_the_reference_server_is_clean_and_told_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--max-examples", "40", "--protocol", "http", "--format", "json"]
    assert main(["fuzz", "--server", "reference", *arguments]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["target"]["server"] == "reference"
    assert data["target"]["app"] is None
    assert "h11" in data["target"]["versions"]
    assert data["findings"] == []
    assert data["examples"] == 40
    assert "http.request.body.dechunked" in data["rules"]["held"]


@pytest.mark.skipif(importlib.util.find_spec("uvicorn") is None, reason="uvicorn is not installed")
def test_uvicorn_beside_the_reference_server(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--max-examples", "30", "--protocol", "http", "--only", RULE]
    status = main(["fuzz", "--server", "reference", "--server", "uvicorn-h11", *arguments])
    out = capsys.readouterr().out
    assert status in (0, 1)  # what uvicorn does in other versions is not ours to say
    assert "asgisim fuzz reference: nothing broken" in out
    assert "asgisim fuzz uvicorn-h11: " in out
    assert (f"{RULE}  held" in out) is (status == 1)


def run(name: str, broken: bool, held: bool) -> Run:
    items = [Item("1", CATALOGUE[RULE], "server", "http", "x", Trace([]), 0)] if broken else []
    return Run("fuzz", Target(None, name), findings=items, held=[RULE] if held else [])


def test_the_table_tells_what_each_server_does() -> None:
    runs = [run("one", True, False), run("two", False, True), run("three", False, False)]
    assert servers.verdicts(runs) == {RULE: {"one": "broken", "two": "held", "three": "not seen"}}
    assert servers.table(runs).splitlines() == [
        "rule                             one       two       three",
        "wire.http.chunked-not-to-http10  broken    held      not seen",
    ]
    assert servers.table([run("one", False, True), run("two", False, True)]) == ""


def test_where_servers_differ_the_smallest_example_is_told() -> None:
    wire: list[Any] = [["client", 0, "request", {"target": "b:/a"}]]
    wire.append(["app", 0, "send", [{"type": "x"}, {"type": "y"}]])
    longer = {"wire": [*wire, ["client", 0, "response"]]}
    first, second, third = run("one", True, False), run("two", True, False), run("three", False, True)
    first.findings = [replace(first.findings[0], scenario=longer, message="first")]
    second.findings = [replace(second.findings[0], scenario={"wire": wire}, message="second")]
    assert servers.table([first, second, third]).splitlines()[2:] == [
        "",
        f"{RULE} differs; smallest example, on two:",
        "    client request GET /a, app send x + y",
        "    one: first",
        "    two: second",
    ]


def test_over_a_unix_socket(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--max-examples", "20", "--protocol", "http", "--unix"]
    assert main(["fuzz", "--server", "reference", *arguments]) == 0
    assert "nothing broken" in capsys.readouterr().out


def test_over_tls(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--max-examples", "20", "--protocol", "http", "--tls", "-v"]
    assert main(["fuzz", "--server", "reference", *arguments]) == 0
    out = capsys.readouterr().out
    assert "nothing broken" in out
    assert "ext.tls.server-cert.truth" in out.partition("not exercised (")[0]


def test_over_http2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    only = ["--only", "http.scope.path", "--only", "wire.http.304", "--max-examples", "20"]
    assert main(["fuzz", "--server", "granian", "--http2", *only, "--save", str(tmp_path)]) == 1
    assert "wire.http.304-no-body: the server breaks a MUST" in capsys.readouterr().out
    (seed,) = tmp_path.iterdir()
    assert json.loads(seed.read_text())["scenario"]["http2"] is True


def test_seeds_and_scripts_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = {"wire": [["client", 0, "request"]]}
    item = Item("8f3a12c9", CATALOGUE[RULE], "server", "http", "x", Trace([]), 0, scenario)
    made = Run("fuzz", Target(None, "reference"), findings=[item])
    options = Namespace(save=str(tmp_path / "seeds"), emit_script=str(tmp_path / "scripts"))
    options.tls, options.unix, options.workers = True, False, 2
    server, loop = find("reference")
    assert servers._keep(made, "reference", server, loop, options) == []
    assert (tmp_path / "seeds" / "8f3a12c9.asgi.json").exists()
    text = (tmp_path / "seeds" / "8f3a12c9.asgi.json").read_text()
    assert json.loads(text)["listens"] == {"tls": True, "workers": 2}
    assert "def steps()" in (tmp_path / "scripts" / "reference_8f3a12c9.py").read_text()
    assert made.findings[0].replay == f"asgisim replay {tmp_path}/seeds/8f3a12c9.asgi.json"


def test_folders_that_take_nothing_are_told_and_nothing_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["fuzz", "--server", "granian", "--http2", "--only", "wire.http.304", "--max-examples", "20"]
    (tmp_path / "full").mkdir()
    monkeypatch.setattr(files, "replace_text", full)
    assert main([*arguments, "--save", str(tmp_path / "full")]) == 2
    out, err = capsys.readouterr()
    assert "wire.http.304-no-body: the server breaks a MUST" in out
    assert err == f"asgisim: --save: {tmp_path}/full cannot be written: No space left on device\n"
    (tmp_path / "file").touch()
    for option in ("--save", "--emit-script"):
        assert main(["fuzz", "--server", "reference", option, str(tmp_path / "file" / "x")]) == 2
        assert (
            capsys.readouterr().err
            == f"asgisim: {option}: expected a folder, but {tmp_path}/file is a file\n"
        )


def full(path: object, text: str) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
