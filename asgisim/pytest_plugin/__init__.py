"""pytest: seed files (``*.asgi.json``) are collected as tests; fixtures: client, Lint, servers.

Loaded by every pytest run where asgisim is installed, so nothing is imported before a seed is met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from asgisim.client import Client
    from asgisim.judge import Finding
    from asgisim.lint import Lint
    from asgisim.model.trace import Trace
    from asgisim.serving import Serving


# The app that --asgi-app names, beside the name, which a server in a process of its own needs.
_NAMED = pytest.StashKey["tuple[Any, str]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--asgi-app``, ``--asgi-server``: what is tested, and what seeds and fixtures use."""
    group = parser.getgroup("asgisim")
    group.addoption(
        "--asgi-app",
        metavar="APP",
        help="module:attribute: add conformance tests; the app of the fixtures and of *.asgi.json files",
    )
    group.addoption(
        "--asgi-server",
        metavar="NAME",
        help="add conformance tests for this server; the server of the fixtures (else uvicorn)",
    )
    group.addoption(
        "--asgi-path",
        metavar="/p",
        action="append",
        help="a route for the conformance tests (METHOD:/p allowed); else discovered",
    )
    group.addoption(
        "--asgi-header",
        metavar="'NAME: VALUE'",
        action="append",
        help="of every request, such as an authorization; it stands in the seeds too",
    )
    group.addoption(
        "--asgi-examples",
        metavar="N",
        type=int,
        help="scenarios for each route (600), or of the server (300)",
    )
    group.addoption(
        "--asgi-ignore", metavar="ID", action="append", help="a rule, or a prefix, not to be told"
    )
    group.addoption("--asgi-baseline", metavar="FILE", help="findings that are known: xfailed")
    group.addoption("--asgi-save", metavar="DIR", help="keep each finding as a seed file in DIR")
    group.addoption(
        "--asgi-coverage",
        action="store_true",
        help="tell what the tests exercise of ASGI, and what they never see",
    )
    group.addoption(
        "--asgi-coverage-file", metavar="FILE", help="write that to a file: .json, .html, else text"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Nothing is imported for what is not asked for."""
    if config.getoption("--asgi-coverage") or config.getoption("--asgi-coverage-file"):
        from asgisim.pytest_plugin.coverage import CoveragePlugin

        config.pluginmanager.register(CoveragePlugin(config), "asgisim-coverage")
    app, server = config.getoption("--asgi-app"), config.getoption("--asgi-server")
    if app or server:
        from asgisim.pytest_plugin.conformance import ConformancePlugin

        config.pluginmanager.register(ConformancePlugin(config, app, server), "asgisim-conformance")


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
    kind = str(config.getoption("--asgi-server") or "uvicorn")
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
        from asgisim.pytest_plugin.seed_files import SeedFile

        collector: pytest.Collector = SeedFile.from_parent(parent, path=file_path)
        return collector
    return None
