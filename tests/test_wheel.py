"""What users install: the source distribution, the wheel built from it, the wheel in an empty environment.

The wheel is built once for all workers of a run. Everything runs outside the checkout, with nothing of it on
the path. It needs the registry, as `make test` itself does.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAPPED = {"strategies": "asgisim/strategies", "frameworks": "asgisim/frameworks"}
NOT_SOURCE = (
    ".git",
    ".venv",
    ".*cache",
    ".hypothesis",
    "__pycache__",
    "*.egg-info",
    "build",
    "dist",
    "_build",
)
UV = [sys.executable, "-m", "uv", "--no-config"]

HELLO = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError("only http")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"hi"})
"""

# What else a module may hold: from Python 3.12 on, its code is looked for in order to watch the branches.
ODD = """
class Odd:
    def __getattribute__(self, name):
        raise SystemExit("odd")

class Anything:
    def __getattr__(self, name):
        return Anything()

odd, anything = Odd(), Anything()
"""

SEED = """
{
  "format": 1,
  "target": "hello:app",
  "scenario": {
    "scope": {
      "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": "/",
      "query_string": "b:", "headers": []
    },
    "script": []
  },
  "expected": "clean"
}
"""


def run(*command: str | Path, cwd: Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    """Run without anything of the checkout in the environment; what it says is in the failure."""
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PYTEST", "VIRTUAL"))
    }
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=kept, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == status, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def copied(folder: Path) -> Path:
    """The checkout without what is not committed: a build leaves its own files beside the sources."""
    shutil.copytree(ROOT, folder, symlinks=True, ignore=shutil.ignore_patterns(*NOT_SOURCE))
    return folder


def built(source: Path, into: Path) -> tuple[Path, Path]:
    """The source distribution of a folder, and the wheel made from that."""
    run(*UV, "build", "--quiet", "--out-dir", into, source, cwd=into.parent)
    (sdist,), (wheel,) = into.glob("*.tar.gz"), into.glob("*.whl")
    return sdist, wheel


def environment(folder: Path, *packages: str | Path) -> Path:
    """A fresh environment with these packages; its Python."""
    run(*UV, "venv", "--quiet", "--python", sys.executable, folder, cwd=folder.parent)
    python = folder / "bin" / "python"
    run(*UV, "pip", "install", "--quiet", "--python", python, *packages, cwd=folder.parent)
    return python


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder with dist/ (both archives) and core/ (an environment with the wheel and no extras)."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "wheel"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            _, wheel = built(copied(folder / "source"), folder / "dist")
            environment(folder / "core", wheel)
            (folder / "hello.py").write_text(HELLO)
            (folder / "done").touch()
    return folder


def names(made: Path) -> tuple[set[str], set[str]]:
    """What is in the source distribution, without its top folder, and in the wheel."""
    (sdist,), (wheel,) = (made / "dist").glob("*.tar.gz"), (made / "dist").glob("*.whl")
    with tarfile.open(sdist) as archive:
        packed = {one.name.partition("/")[2] for one in archive if one.isfile()}
    return packed, set(zipfile.ZipFile(wheel).namelist())


def sources(*suffixes: str) -> set[str]:
    """The files of the three folders that are installed, under the name that they have in the wheel."""
    found = set()
    for top, inside in {"asgisim": "asgisim", **MAPPED}.items():
        for folder, folders, files in os.walk(ROOT / top):  # does not follow the courtesy links
            folders[:] = [one for one in folders if one != "__pycache__"]
            place = Path(inside, Path(folder).relative_to(ROOT / top))
            found |= {str(place / name) for name in files if name.endswith(suffixes)}
    return found


def test_wheel_holds_the_package_and_nothing_else(made: Path) -> None:
    _, wheel = names(made)
    code = {name for name in wheel if ".dist-info/" not in name}
    assert code == sources(".py", "py.typed", "served.txt", ".css", ".js", ".toml")
    assert {"asgisim/py.typed", "asgisim/strategies/breaking.py", "asgisim/frameworks/contract.py"} <= code
    assert {name.partition("/")[0] for name in code} == {"asgisim"}
    kept = {name.partition(".dist-info/")[2] for name in wheel - code}
    assert kept == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "top_level.txt", "licenses/LICENSE"}


def test_source_distribution_is_the_checkout(made: Path) -> None:
    packed, _ = names(made)
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a checkout of git")
    committed = set(listed.stdout.split()) - {"asgisim/strategies", "asgisim/frameworks"}  # the links
    there = {name for name in committed if (ROOT / name).is_file()}
    assert there - packed == {".gitignore"}
    assert {name for name in packed if not name.startswith("asgisim.egg-info/")} - there == {
        "PKG-INFO",
        "setup.cfg",
    }


def test_wheel_imports_and_runs_without_extras(made: Path) -> None:
    python, command = made / "core/bin/python", made / "core/bin/asgisim"
    imports = "import asgisim, asgisim.strategies, asgisim.frameworks.contract as c; print(c.__file__)"
    assert str(made / "core") in run(python, "-c", imports, cwd=made).stdout
    for name in ("strategies", "frameworks", "tests"):
        run(python, "-c", f"import {name}", cwd=made, status=1)
    assert run(command, "--version", cwd=made).stdout.startswith("asgisim 0.")
    assert "robust.hang" in run(command, "rules", "robust", cwd=made).stdout
    done = run(command, "fuzz", "hello:app", "--max-examples", "300", cwd=made)
    assert done.stdout.startswith("asgisim fuzz hello:app: nothing broken\n")
    # In an interpreter that has not even what asgisim requires.
    alone = run(command, "check", "hello:app", "--python", sys.executable, "--format", "json", cwd=made)
    assert json.loads(alone.stdout)["findings"] == []


def test_importing_asgisim_imports_little(made: Path) -> None:
    heavy = ("hypothesis", "rich", "httpx", "anyio", "h11", "wsproto", "trio", "pytest")
    code = f"import sys, asgisim; print([one for one in {heavy} if one in sys.modules])"
    assert run(made / "core/bin/python", "-c", code, cwd=made).stdout == "[]\n"


def test_what_needs_an_extra_names_it(made: Path) -> None:
    command = made / "core/bin/asgisim"
    told = run(command, "fuzz", "--server", "uvicorn", cwd=made, status=2).stderr
    assert told.startswith("asgisim: ")
    assert "asgisim[" in told
    assert "Traceback" not in told
    client = run(made / "core/bin/python", "-c", "import asgisim; asgisim.Client", cwd=made, status=1).stderr
    assert "asgisim[client]" in client.splitlines()[-1]
    trio = run(command, "check", "hello:app", "--loop", "trio", cwd=made, status=2).stderr
    assert "asgisim[trio]" in trio
    assert "Traceback" not in trio


USERS_FILE = ROOT / "tests" / "user_file.py"


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_users_file_is_typed_against_the_wheel(made: Path, checker: str, tmp_path: Path) -> None:
    (wheel,) = (made / "dist").glob("*.whl")
    shutil.copy(USERS_FILE, tmp_path / "user_file.py")
    python = environment(tmp_path / "typed", f"{wheel}[client]", "pytest")
    checkers = {
        "mypy": [
            "mypy",
            "--strict",
            "--python-executable",
            str(python),
            "--cache-dir",
            str(tmp_path / "cache"),
        ],
        "pyright": ["pyright", "--pythonpath", str(python)],
    }
    done = run(sys.executable, "-m", *checkers[checker], "user_file.py", cwd=tmp_path)
    assert "no issues found" in done.stdout or "0 errors, 0 warnings" in done.stdout


def test_pytest_loads_the_plugin(made: Path, tmp_path: Path) -> None:
    (wheel,) = (made / "dist").glob("*.whl")
    python = environment(tmp_path / "plugged", wheel, "pytest")
    shutil.copy(made / "hello.py", tmp_path)
    (tmp_path / "one.asgi.json").write_text(SEED)
    done = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "one.asgi.json", cwd=tmp_path)
    assert "1 passed" in done.stdout


@pytest.mark.slow
def test_a_checkout_without_links_builds_the_same_wheel(made: Path, tmp_path: Path) -> None:
    source = copied(tmp_path / "source")
    for name in ("strategies", "frameworks"):
        (source / "asgisim" / name).unlink()
        (source / "asgisim" / name).write_text(f"../{name}")
    _, wheel = built(source, tmp_path / "dist")
    python = environment(tmp_path / "other", wheel)
    run(python, "-c", "import asgisim.strategies, asgisim.frameworks.contract", cwd=tmp_path)
    assert set(zipfile.ZipFile(wheel).namelist()) == names(made)[1]


@pytest.mark.slow
def test_two_builds_are_equal_to_the_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    made = []
    for number in "ab":
        sdist, wheel = built(copied(tmp_path / number / "source"), tmp_path / number / "dist")
        made.append((sdist.read_bytes(), wheel.read_bytes()))
    assert made[0] == made[1]


def interpreter(version: str) -> str | None:
    """One that starts: on the path, where a shim may stand for none, or installed by pyenv beside it."""
    folders = sorted(Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/python"))
    for python in (shutil.which(f"python{version}"), *map(str, folders)):
        if python and subprocess.run([python, "-c", ""], capture_output=True).returncode == 0:
            return python
    return None


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_wheel_runs_on_every_python_that_is_promised(made: Path, tmp_path: Path, version: str) -> None:
    python_there = interpreter(version)
    if python_there is None:
        pytest.skip(f"this machine has no Python {version}")
    (wheel,) = (made / "dist").glob("*.whl")
    run(*UV, "venv", "--quiet", "--python", python_there, tmp_path / "env", cwd=tmp_path)
    python = tmp_path / "env/bin/python"
    run(*UV, "pip", "install", "--quiet", "--python", python, wheel, cwd=tmp_path)
    (tmp_path / "hello.py").write_text(HELLO + ODD)
    done = run(tmp_path / "env/bin/asgisim", "fuzz", "hello:app", "--max-examples", "600", cwd=tmp_path)
    assert done.stdout.startswith("asgisim fuzz hello:app: nothing broken\n")


def test_oldest_dependencies_that_are_allowed(made: Path, tmp_path: Path) -> None:
    """All other tests run with the newest."""
    (wheel,) = (made / "dist").glob("*.whl")
    run(*UV, "venv", "--quiet", "--python", sys.executable, tmp_path / "env", cwd=tmp_path)
    python, command = tmp_path / "env/bin/python", tmp_path / "env/bin/asgisim"
    lowest = ["--resolution", "lowest-direct", "--python", python]
    wanted = [f"{wheel}[client,trio,wire]", "hypothesis", "rich"]
    run(*UV, "pip", "install", "--quiet", *lowest, *wanted, cwd=tmp_path)
    shutil.copy(made / "hello.py", tmp_path)
    for options in (["hello:app"], ["hello:app", "--loop", "trio"], ["--server", "reference"]):
        examples = "20" if "--server" in options else "200"
        done = run(command, "fuzz", *options, "--max-examples", examples, cwd=tmp_path)
        assert "nothing broken" in done.stdout
    run(python, "-c", "import asgisim; asgisim.Client", cwd=tmp_path)
