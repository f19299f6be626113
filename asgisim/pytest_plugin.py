"""pytest: seed files (``*.asgi.json``) are collected as tests; fixtures: client, Lint, servers.

Loaded by every pytest run where asgisim is installed, so nothing is imported before a seed is met.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from asgisim.cli.replaying import Result
    from asgisim.client import Client
    from asgisim.judge import Finding
    from asgisim.lint import Lint
    from asgisim.serving import Serving
    from asgisim.trace import Trace


# The app that --asgi-app names, beside the name, which a server in a process of its own needs.
_NAMED = pytest.StashKey["tuple[Any, str]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--asgi-app``: the app of seeds and fixtures. ``--asgi-server``: what the server fixtures start."""
    group = parser.getgroup("asgisim")
    group.addoption(
        "--asgi-app", metavar="APP", help="module:attribute, the app of the fixtures and of *.asgi.json files"
    )
    group.addoption(
        "--asgi-server", metavar="NAME", default="uvicorn", help="the server of the fixtures (uvicorn)"
    )


@pytest.fixture(scope="session")
def asgi_app(pytestconfig: pytest.Config) -> Any:
    """The app of ``--asgi-app``. Override this fixture to give the app of your tests."""
    name = pytestconfig.getoption("--asgi-app")
    if not name:
        raise pytest.UsageError("override the fixture 'asgi_app', or give --asgi-app module:attribute")
    from asgisim.target import load

    loaded = load(name)
    pytestconfig.stash[_NAMED] = (loaded.app, name)
    return loaded.app


@pytest.fixture
def asgi_client(asgi_app: Any) -> Client:
    """An `asgisim.Client` for the app, to be entered: ``async with asgi_client as client:``."""
    from asgisim.client import Client

    return Client(asgi_app)


@pytest.fixture
def asgi_lint() -> Iterator[Callable[[Any], Lint]]:
    """``app = asgi_lint(app)``: what the wrapped app breaks fails the test at its end, with the timelines."""
    from asgisim.lint import Lint
    from asgisim.report import text
    from asgisim.report.model import Item

    told: list[str] = []

    def tell(finding: Finding, trace: Trace) -> None:
        told.append(text.finding(Item.of(finding, trace, "lint")))

    yield lambda app: Lint(app, on_finding=tell)
    if told:
        pytest.fail("\n".join(told), pytrace=False)


def _serving(app: Any, config: pytest.Config) -> Iterator[Serving]:
    from asgisim.serving import Serving

    named, name = config.stash.get(_NAMED, (None, ""))
    kind = str(config.getoption("--asgi-server"))
    server = Serving(app, kind)
    if app is named and not server.in_thread:
        server = Serving(name, kind)
    with server:
        yield server


@pytest.fixture
def asgi_server(asgi_app: Any, pytestconfig: pytest.Config) -> Iterator[Serving]:
    """A real server for the app, one for each test. `asgi_server.url`, `.ws_url`, `.port`, `.log()`."""
    yield from _serving(asgi_app, pytestconfig)


@pytest.fixture(scope="module")
def module_asgi_server(asgi_app: Any, pytestconfig: pytest.Config) -> Iterator[Serving]:
    """As `asgi_server`, one for each module."""
    yield from _serving(asgi_app, pytestconfig)


@pytest.fixture(scope="session")
def session_asgi_server(asgi_app: Any, pytestconfig: pytest.Config) -> Iterator[Serving]:
    """As `asgi_server`, one for the whole session (for each worker, under xdist)."""
    yield from _serving(asgi_app, pytestconfig)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Seed files are test files."""
    if file_path.name.endswith(".asgi.json"):
        collector: pytest.Collector = SeedFile.from_parent(parent, path=file_path)
        return collector
    return None


class SeedFile(pytest.File):
    """A seed file: one test."""

    def collect(self) -> Iterator[pytest.Item]:
        """The one test."""
        yield SeedItem.from_parent(self, name="replay")


class BrokenSeed(Exception):
    """The seed broke a rule that it is not expected to break; the text is the whole report."""


class SeedItem(pytest.Item):
    """Runs the seed: fails for a break that is not expected, xfails for one that is."""

    def runtest(self) -> None:
        """Replay. An expected break that no longer happens is a warning."""
        from asgisim import seeds
        from asgisim.cli import replaying
        from asgisim.wire import seeds as wire_seeds

        if wire_seeds.is_wire(self.path):
            self._over_sockets()
            return
        seed = seeds.read(self.path)
        (result,) = replaying.run([(str(self.path), seed)], self.config.getoption("--asgi-app"))
        for gone in result.gone:
            words = f'{self.path.name}: {gone.rule} is no longer broken; change what is expected to "clean"'
            warnings.warn(pytest.PytestWarning(words), stacklevel=2)
        if result.new:
            raise BrokenSeed(_told(result))
        if result.known:
            pytest.xfail(", ".join(sorted({one.rule.id for one in result.known})) + " is known to be broken")

    def _over_sockets(self) -> None:
        """The same for a finding in a server: the seed names it."""
        from asgisim.cli import server_replay
        from asgisim.report import text
        from asgisim.wire import seeds as wire_seeds

        outcome = server_replay.run([(str(self.path), wire_seeds.read(self.path))], server_replay.plain())
        for gone in outcome.gone:
            words = f'{gone}; change what is expected to "clean"'
            warnings.warn(pytest.PytestWarning(words), stacklevel=2)
        if outcome.items:
            raise BrokenSeed("\n".join(text.finding(item) for item in outcome.items))
        if outcome.known:
            pytest.xfail("what is known to be broken")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The report, or one line for a seed or an app that cannot be had; no traceback of ours."""
        from asgisim.seeds import SeedError
        from asgisim.target import TargetError

        if isinstance(excinfo.value, BrokenSeed | SeedError | TargetError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """How pytest names it."""
        return self.path, None, f"seed {self.path.name}"


def _told(result: Result) -> str:
    from asgisim.cli.replaying import items_of
    from asgisim.report import text

    return "\n".join(text.finding(item) for item in items_of(result))
