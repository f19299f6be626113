"""What cannot be done is told in one line: what was expected, what came, what to do. Status 2, no traceback."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from asgisim.cli.main import main

APPS = """
async def good(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError("only http")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body"})

number = 7

class Klass:
    pass

def make():
    return good

def fails():
    raise RuntimeError("no config")

async def late():
    return good

def wsgi(environ, start_response):
    pass
"""
MODULES = {
    "badapps": APPS,
    "boom": 'raise RuntimeError("boom")\n',
    "needs": "import nothing_of_this_name\n",
    "exits": "import sys\nsys.exit(3)\n",
    "halfway": "def f(:\n",
}
SEEDS = {
    "empty": "{}",
    "words": "not JSON",
    "newer": '{"format": 9, "scenario": {}}',
    "twins": '{"format": 1, "format": 1}',
    "key": '{"format": 1, "scenarios": {}}',
    "act": '{"format": 1, "scenario": {"scope": {"type": "http"}, "script": [["recv", 0, "explode"]]}}',
    "rule": '{"format": 1, "scenario": {"scope": {"type": "http"}, "script": []}, "rule": "x"}',
    "deep": "[" * 100_000,
    "homeless": '{"format": 1, "scenario": {"scope": {"type": "http"}, "script": []}}',
}
SERVERS = "expected one of daphne, granian, gunicorn, hypercorn, "

# fmt: off
BAD = [
    # commands and options
    ("fux", "there is no command 'fux'; expected one of fuzz, "),
    ("chek a", "there is no command 'chek'; did you mean check?"),
    ("probe", "expected URL"),
    ("grid --framework flask", "there is no framework 'flask'; expected one of starlette, "),
    ("grid --server unicorn", "there is no server 'unicorn'; did you mean gunicorn?"),
    ("grid --case webs/x", "there is no case 'webs/x'"),
    ("--verison", "unknown option '--verison'; did you mean --version?"),
    ("-x", "unknown option '-x'; asgisim --help lists what there is"),
    ("fuzz --max-exampels 3", "unknown option '--max-exampels'; did you mean --max-examples?"),
    ("check badapps:good --max-examples 4", "asgisim check has no --max-examples; it is for asgisim fuzz"),
    ("trace badapps:good GET / --save x", "asgisim trace has no --save; it is for asgisim fuzz and asgisim check"),
    ("rules --level=must", "asgisim rules has no --level; it is for asgisim fuzz"),
    ("trace badapps:good GET / more", "unknown argument 'more'; asgisim trace --help lists what there is"),
    ("fuzz", "expected an app: asgisim fuzz module:attribute"),
    ("check", "expected an app: asgisim check module:attribute"),
    ("replay", "expected PATH"),
    ("bench --framework flask", "expected a framework out of bare, starlette, fastapi, "),
    ("bench --self --count 3", "--framework, --style, --count and --server belong to the middleware suite"),
    ("bench --data nowhere.json", "--data: nowhere.json cannot be read: No such file or directory"),
    ("serve badapps:good --server uvicron", "--server: there is no server 'uvicron'; did you mean uvicorn?"),
    ("trace badapps:good", "expected METHOD, PATH"),
    ("fuzz a --output", "--output: expected one argument"),
    # apps
    ("check nowhere:app", "there is no module 'nowhere', neither in {here} nor installed for this Python; go to "),
    ("check badapps", "the module 'badapps' has no 'app'; it has badapps:good"),
    ("check badapps:nope", "the module 'badapps' has no 'nope'; it has badapps:good"),
    ("check badapps:number", "expected badapps:number to be an ASGI app, but it is an int and cannot be called"),
    ("check badapps:Klass", "badapps:Klass is a class, not an app; make an instance, or call it with --factory"),
    ("check badapps:make", "badapps:make takes no arguments; if it is a function that makes the app, add --factory"),
    ("check badapps:wsgi", "badapps:wsgi takes two arguments, ASGI apps take three; if it is a WSGI app, add --wsgi"),
    ("check badapps:fails --factory", "--factory: calling badapps:fails() raises RuntimeError: no config ("),
    ("check badapps:late --factory", "--factory: badapps:late is an async function; a factory returns the app at once"),
    ("check badapps:number --factory", "--factory: expected badapps:number to be callable, but it is an int"),
    ("check boom:app", "importing 'boom' raises RuntimeError: boom ("),
    ("check needs:app", "importing 'needs' needs 'nothing_of_this_name', which is not installed for this Python ("),
    ("check exits:app", "importing 'exits' raises SystemExit: 3 ("),
    ("check halfway:app", "importing 'halfway' raises SyntaxError: invalid syntax (halfway.py, line 1)"),
    ("check ./badapps.py", "expected an app as module:attribute, but got the file './badapps.py'; write badapps:app "),
    ("check :app", "expected an app as module:attribute, such as myapp:app, but got ':app'"),
    ("check badapps:", "expected an app as module:attribute, such as myapp:app, but got 'badapps:'"),
    # values
    ("fuzz a --max-examples none", "--max-examples: expected a whole number from 1 on, but got 'none'"),
    ("fuzz a --max-examples 0", "--max-examples: expected a whole number from 1 on, but got '0'"),
    ("fuzz a --max-examples -3", "--max-examples: expected a whole number from 1 on, but got '-3'"),
    ("fuzz a --max-time -1", "--max-time: expected seconds, such as 30 or 0.5, but got '-1'"),
    ("fuzz a --max-time nan", "--max-time: expected seconds, such as 30 or 0.5, but got 'nan'"),
    ("fuzz a --seed -1", "--seed: expected a whole number from 0 on, but got '-1'"),
    ("fuzz a --seed 1.5", "--seed: expected a whole number from 0 on, but got '1.5'"),
    ("fuzz a --workers 0", "--workers: expected a whole number from 1 on, but got '0'"),
    ("check a --loop uvloop", "--loop: in process the simulator is the loop; expected asyncio or trio"),
    ("check a --loop triio", "--loop: expected one of asyncio, trio, but got 'triio'; did you mean trio?"),
    ("check badapps:good --loop trio --one-loop", "--one-loop: expected --loop asyncio, but got trio"),
    ("check a --only robust.hag", "--only: there is no rule 'robust.hag'; did you mean robust.hang?"),
    ("check a --only htpp.scope", "--only: there is no rule 'htpp.scope'; did you mean http.scope?"),
    ("check a --only x", "--only: there is no rule 'x'; asgisim rules lists them"),
    ("check a --only=", "--only: expected a rule's id or a prefix of one, but got ''"),
    ("check a --ignore x", "--ignore: there is no rule 'x'; asgisim rules lists them"),
    ("rules robust.hangg", "ID: there is no rule 'robust.hangg'; did you mean robust.hang?"),
    ("check a --level musst", "--level: expected one of must, should, implied, but got 'musst'; did you mean must?"),
    ("check a --edition 9.9", "--edition: expected an edition such as 2.0, "),
    ("check a --format yaml", "--format: expected one of text, json, "),
    ("check a --format jsn", "--format: expected one of text, json, junit, sarif, github, markdown, html, but got 'jsn'; did "),
    ("check a --protocol htp", "--protocol: expected one of http, websocket, lifespan, but got 'htp'; did you mean http?"),
    ("check a --path p", "--path: expected a path such as /p or METHOD:/p, but got 'p'"),
    ("check a --path GET:p", "--path: expected a path such as /p or METHOD:/p, but got 'GET:p'"),
    ("check a --header authorization", "--header: expected 'name: value', but got 'authorization'"),
    ("check a --header content-length:4", "--header: content-length differs from request to request; leave it out"),
    ("check a --header na(me:x", "--header: expected 'name: value', but got 'na(me:x'"),
    ("check a --header :x", "--header: expected 'name: value', but got ':x'"),
    ("check a --path :/p", "--path: expected a path such as /p or METHOD:/p, but got ':/p'"),
    ("trace badapps:good GET x", "PATH: expected a path that begins with /, but got 'x'"),
    ("trace badapps:good G,T /", "METHOD: expected a method such as GET, or WEBSOCKET, but got 'G,T'"),
    ("trace badapps:good GET / --header foo", "--header: expected 'name: value', but got 'foo'"),
    ("fuzz --server uvicron", "--server: there is no server 'uvicron'; did you mean uvicorn?"),
    ("fuzz --server nothing", f"--server: there is no server 'nothing'; {SERVERS}"),
    ("fuzz --server reference@curio", "--server: reference: expected a loop out of "),
    # interpreters
    ("check a --python here-is-none", "--python: expected an interpreter, but here-is-none: No such file or directory"),
    # seeds
    ("replay nowhere.asgi.json", "nowhere.asgi.json: expected a seed file or a folder, but there is none"),
    ("replay folder", "folder: expected seed files (*.asgi.json) in this folder, but there are none"),
    ("replay empty.asgi.json", "empty.asgi.json: format: expected the number 1, but got None"),
    ("replay words.asgi.json", "words.asgi.json: line 1: expected JSON, but "),
    ("replay newer.asgi.json", "newer.asgi.json: format: expected 1, but got 9; a newer asgisim may read it"),
    ("replay twins.asgi.json", "twins.asgi.json: expected each key once, but 'format' stands twice in one object"),
    ("replay key.asgi.json", "key.asgi.json: expected format, target, rule, scenario, expected or note, but got the key "),
    ("replay act.asgi.json", "act.asgi.json: scenario.script[0]: expected an act out of event, "),
    ("replay rule.asgi.json", "rule.asgi.json: rule: expected a rule's id, but got 'x'"),
    ("replay deep.asgi.json", "deep.asgi.json: expected lists and objects at most 100 deep"),
    ("replay bytes.asgi.json", "bytes.asgi.json: expected UTF-8 text"),
    ("replay homeless.asgi.json", "homeless.asgi.json: names no target; say which app with --app module:attribute"),
    # files
    ("check badapps:good --baseline missing", "--baseline: missing cannot be read: No such file or directory"),
    ("check badapps:good --baseline folder", "--baseline: folder cannot be read: Is a directory"),
    ("check badapps:good --baseline list.json", "--baseline: expected a JSON report in list.json; write one with "),
    ("check badapps:good --baseline broken.json", "--baseline: expected a JSON report in broken.json; write one with "),
    ("check badapps:good --output folder", "--output: expected a file to write, but got folder, a folder"),
    ("check badapps:good --output list.json/x", "--output: expected a folder, but list.json is a file"),
    ("check badapps:good --save list.json", "--save: expected a folder, but list.json is a file"),
    ("rules --output folder", "--output: expected a file to write, but got folder, a folder"),
]
# fmt: on


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own, with apps, seeds and reports that are none."""
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(text)
    for name, text in SEEDS.items():
        (tmp_path / f"{name}.asgi.json").write_text(text)
    (tmp_path / "bytes.asgi.json").write_bytes(b"\xff\xfe")
    (tmp_path / "list.json").write_text("[1, 2]")
    (tmp_path / "broken.json").write_text('{"findings": [')
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield tmp_path
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(("arguments", "error"), BAD, ids=[arguments for arguments, _ in BAD])
def test_bad_input_is_one_line(
    arguments: str, error: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments.split()) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(f"asgisim: {error.replace('{here}', str(folder))}")
    assert shown.err.count("\n") == 1
    assert shown.out == ""


CONFIGS = [
    ("[tool.asgisim\n", "expected TOML, but "),
    ("[tool]\nasgisim = 3\n", "tool.asgisim: expected a table, but got 3"),
    ("[tool.asgisim]\nlevl = 'must'\n", "tool.asgisim.levl: there is no such key; did you mean level?"),
    ("[tool.asgisim]\nzzz = 1\n", "tool.asgisim.zzz: there is no such key; expected the name of an option, "),
    (
        "[tool.asgisim]\nlevel = 'musst'\n",
        "tool.asgisim.level: expected one of must, should, implied, but got 'musst'; did you mean must?",
    ),
    ("[tool.asgisim]\nfactory = 'yes'\n", "tool.asgisim.factory: expected true or false, but got 'yes'"),
    (
        "[tool.asgisim]\nworkers = -1\n",
        "tool.asgisim.workers: expected a whole number from 1 on, but got '-1'",
    ),
    ("[tool.asgisim]\nloop = ['trio']\n", "tool.asgisim.loop: expected one value, but got ['trio']"),
    (
        "[tool.asgisim]\npath = [1]\n",
        "tool.asgisim.path: expected a path such as /p or METHOD:/p, but got '1'",
    ),
    ("[tool.asgisim]\nonly = ['x']\n", "tool.asgisim.only: there is no rule 'x'; asgisim rules lists them"),
    ("[tool.asgisim]\noutput = true\n", "tool.asgisim.output: expected one value, but got True"),
]


@pytest.mark.parametrize(("text", "error"), CONFIGS, ids=[text.split("\n")[1] or text for text, _ in CONFIGS])
def test_bad_configuration_names_file_and_key(
    text: str, error: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "pyproject.toml").write_text(text)
    assert main(["check", "badapps:good"]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(f"asgisim: {folder / 'pyproject.toml'}: {error}")
    assert shown.err.count("\n") == 1
    assert shown.out == ""


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Root may write anywhere: without its rights, and with them again afterwards."""
    if os.geteuid():
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.mark.parametrize("option", [("--output", "folder/out.json"), ("--save", "folder/seeds")])
def test_folder_that_cannot_be_written_is_told_before_the_work(
    option: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("commands", "output", "config"):  # what may lie where nobody may read
        importlib.import_module(f"asgisim.cli.{name}")
    with tempfile.TemporaryDirectory() as place:  # tmp_path is within a folder that only its owner may enter
        os.chmod(place, 0o755)
        monkeypatch.chdir(place)
        os.mkdir("folder", 0o555)
        with nobody():
            assert main(["check", "nowhere:app", *option]) == 2
        monkeypatch.undo()
    assert capsys.readouterr().err == (
        f"asgisim: {option[0]}: the folder folder cannot be written to; name another\n"
    )


def test_what_was_found_before_a_bad_app_is_not_lost(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["fuzz", "badapps:good", "nowhere:app", "--max-examples", "20", "--format", "json"]
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert json.loads(shown.out)["target"]["app"] == "badapps:good"
    assert shown.err.startswith("asgisim: there is no module 'nowhere', ")


@pytest.mark.parametrize("kind", [LookupError, SystemExit])
def test_a_fault_of_asgisim_is_no_finding(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    kind: type[BaseException],
) -> None:
    def fails(*_: object) -> None:
        raise kind("never to be seen")

    monkeypatch.setattr("asgisim.cli.campaigning.run", fails)
    assert main(["check", "badapps:good"]) == 2
    *_, before, last = capsys.readouterr().err.splitlines()
    assert before == f"{kind.__name__}: never to be seen"
    assert last.startswith("asgisim: this is a fault of asgisim itself; please report it, ")
