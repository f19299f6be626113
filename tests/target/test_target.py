"""From a name to an app, and the sentence for each way in which that fails."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asgisim import target
from asgisim.target import TargetError

SOURCE = """
import functools

async def app(scope, receive, send):
    return "three"

class Two:
    def __init__(self, scope):
        self.scope = scope

    async def __call__(self, receive, send):
        return "two"

class Three:
    async def __call__(self, scope, receive, send):
        return "instance"

class Holder:
    inner = Three()

def two(scope):
    async def call(receive, send):
        return "nested"
    return call

def make():
    return app

def broken():
    raise LookupError("no\\nsettings")

async def late():
    return app

def wsgi(environ, start_response):
    return []

three = Three()
partial = functools.partial(app)
number = 5
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a module of apps in it; nothing of it stays imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "manyapps.py").write_text(SOURCE)
    (tmp_path / "raising.py").write_text("import os\n\nos.environ['NO_SUCH_SETTING']\n")
    (tmp_path / "leaving.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "needing.py").write_text("import no_such_package_at_all\n")
    (tmp_path / "syntax.py").write_text("def app(:\n")
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("name", "factory", "answer"),
    [
        ("manyapps", False, "three"),
        ("manyapps:app", False, "three"),
        ("manyapps:Two", False, "two"),
        ("manyapps:two", False, "nested"),
        ("manyapps:three", False, "instance"),
        ("manyapps:Holder.inner", False, "instance"),
        ("manyapps:partial", False, "three"),
        ("manyapps:make", True, "three"),
        ("manyapps:Three", True, "instance"),
    ],
)
def test_every_form_of_app_is_called_alike(folder: Path, name: str, factory: bool, answer: str) -> None:
    loaded = target.load(name, factory)
    assert asyncio.run(loaded.app({}, None, None)) == answer  # type: ignore[arg-type]
    assert loaded.name == name
    assert loaded.file == "manyapps.py"
    assert "python" in loaded.versions


@pytest.mark.parametrize(
    ("name", "factory", "error"),
    [
        ("my app", False, "expected an app as module:attribute, such as myapp:app, but got 'my app'"),
        (
            "src/manyapps.py",
            False,
            "expected an app as module:attribute, but got the file 'src/manyapps.py'; "
            "write src.manyapps:app (the current folder is importable)",
        ),
        (
            "manyapp",
            False,
            "there is no module 'manyapp', neither in {here} nor installed for this Python; "
            "go to the folder that holds it, or install it",
        ),
        (
            "manyapps:nope",
            False,
            "the module 'manyapps' has no 'nope'; it has manyapps:app, manyapps:two, manyapps:three, "
            "manyapps:partial",
        ),
        (
            "manyapps:number",
            False,
            "expected manyapps:number to be an ASGI app, but it is an int and cannot be called",
        ),
        (
            "manyapps:Three",
            False,
            "manyapps:Three is a class, not an app; make an instance, or call it with --factory",
        ),
        (
            "manyapps:make",
            False,
            "manyapps:make takes no arguments; if it is a function that makes the app, add --factory",
        ),
        (
            "manyapps:wsgi",
            False,
            "manyapps:wsgi takes two arguments, ASGI apps take three; if it is a WSGI app, add --wsgi",
        ),
        (
            "manyapps:late",
            True,
            "--factory: manyapps:late is an async function; a factory returns the app at once",
        ),
        ("manyapps:number", True, "--factory: expected manyapps:number to be callable, but it is an int"),
        ("leaving", False, "importing 'leaving' raises SystemExit: 3 ({here}/leaving.py, line 1)"),
    ],
)
def test_invalid_names_and_apps(folder: Path, name: str, factory: bool, error: str) -> None:
    with pytest.raises(TargetError) as caught:
        target.load(name, factory)
    assert str(caught.value) == error.format(here=folder)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("raising", "importing 'raising' raises KeyError: 'NO_SUCH_SETTING'"),
        ("needing", "importing 'needing' needs 'no_such_package_at_all', which is not installed"),
        ("syntax", "importing 'syntax' raises SyntaxError"),
        ("manyapps:broken", "--factory: calling manyapps:broken() raises LookupError: no settings"),
    ],
)
def test_what_the_app_raises_is_told(folder: Path, name: str, part: str) -> None:
    with pytest.raises(TargetError) as caught:
        target.load(name, ":" in name)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_framework_that_starts_an_app_once_is_known(tmp_path: Path) -> None:
    pytest.importorskip("blacksheep")
    pytest.importorskip("starlette")
    (tmp_path / "sheep_once.py").write_text("from blacksheep import Application\napp = Application()\n")
    (tmp_path / "star_again.py").write_text(
        "from starlette.applications import Starlette\napp = Starlette()\n"
    )
    # In a process of its own: all apps of BlackSheep share one router, which other tests have used.
    code = """
from asgisim import target

sheep = target.load("sheep_once:app")
assert sheep.once
assert sheep.reload().router is not sheep.raw.router
assert not target.load("star_again:app").once
"""
    path = [str(Path(target.__file__).parents[1]), os.environ.get("PYTHONPATH")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env=environment)
