"""``pytest --asgi-app module:attribute`` and ``--asgi-server NAME``: conformance tests, no line of code.

One test for each route and family of rules (``shop:app::GET /::http.response``), and one for each route that
Hypothesis draws. The ids hang on the app alone, so that all workers of xdist collect the same.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from asgisim.cli.baselines import Baseline, entries
from asgisim.cli.status import UsageError
from asgisim.cli.values import every_header
from asgisim.pytest_plugin.played import Group, PlayedServer, Wanted, groups_of
from asgisim.report import text
from asgisim.report.model import Item
from asgisim.servers import ServerError
from asgisim.target import TargetError

MARK = "asgi_conformance"
# Where a test uses one of these, --asgi-server says what they are to start, and asks for nothing more.
_SERVERS = frozenset(["asgi_server", "module_asgi_server", "session_asgi_server"])


class ConformancePlugin:
    """Adds the tests after those of the user, before -k and -m choose."""

    def __init__(self, config: pytest.Config, app: str | None, server: str | None) -> None:
        self.names = [name for name in (app, server) if name]
        self.app, self.server = app, server
        config.addinivalue_line("markers", f"{MARK}: conformance tests that asgisim adds (--asgi-app)")
        given = [one for one in config.args if "::" in one]
        self.chosen = [one for one in given if one.split("::")[0] in self.names]
        self.silent = bool(given) and not self.chosen  # one test of the user is asked for, and no other
        # Only what is a file can be collected by pytest. Workers of xdist are given what stands here.
        if self.chosen and not config.getoption("numprocesses", None):
            config.args[:] = [one for one in config.args if one not in self.chosen]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """The tests, or those of them that are named."""
        if self.silent:
            return
        used = any(_SERVERS.intersection(getattr(item, "fixturenames", ())) for item in items)
        made = [item for one in self._collectors(session, config, used) for item in one.items()]
        named = tuple(self.chosen)
        items += [
            item
            for item in made
            if not named or item.nodeid in named or item.nodeid.startswith(tuple(f"{one}::" for one in named))
        ]

    def _collectors(
        self, session: pytest.Session, config: pytest.Config, used: bool
    ) -> Iterator[Conformance]:
        wanted = _wanted(config)
        if self.app:
            yield Conformance.from_parent(
                session, name=self.app, nodeid=self.app, groups=groups_of(self.app, wanted)
            )
        if self.server and (not used or self.server in {one.split("::")[0] for one in self.chosen}):
            server = PlayedServer(self.server, wanted)
            yield Conformance.from_parent(session, name=self.server, nodeid=self.server, groups=[server])


def _wanted(config: pytest.Config) -> Wanted:
    try:
        path = config.getoption("--asgi-baseline")
        known = Baseline(path, entries(path)).known if path else set()
    except UsageError as error:
        raise pytest.UsageError(str(error).replace("--baseline", "--asgi-baseline")) from None
    try:
        headers = tuple(every_header(one) for one in config.getoption("--asgi-header") or ())
    except ArgumentTypeError as error:
        raise pytest.UsageError(f"--asgi-header: {error}") from None
    return Wanted(
        tuple(config.getoption("--asgi-ignore") or ()),
        frozenset(known),
        config.getoption("--asgi-save") or "",
        tuple(config.getoption("--asgi-path") or ()),
        headers,
        int(config.getoption("--asgi-examples") or 0),
    )


class Conformance(pytest.Collector):
    """An app or a server: the node above its tests."""

    def __init__(self, groups: Iterable[Group], **more: Any) -> None:
        super().__init__(**more)
        self.groups = groups

    def items(self) -> list[pytest.Item]:
        """Its tests; one that tells why, if the app cannot be had."""
        made: list[pytest.Item] = []
        try:
            for group in self.groups:
                node = Part.from_parent(self, name=group.name, group=group)
                made += node.collect()
        except TargetError as error:
            return [Unavailable.from_parent(self, name="import", why=str(error))]
        return made

    def collect(self) -> list[pytest.Item]:
        """As `items`."""
        return self.items()


class Part(pytest.Collector):
    """A route: the node above the tests that share a campaign."""

    def __init__(self, group: Group, **more: Any) -> None:
        super().__init__(**more)
        self.group = group

    def collect(self) -> list[pytest.Item]:
        """A test for each family of rules."""
        return [Family.from_parent(self, name=name, group=self.group) for name in self.group.families]


class Broken(Exception):
    """Rules were broken; the text is the whole report."""

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        super().__init__("\n".join(text.finding(item) for item in items))


class _Test(pytest.Item):
    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.add_marker(MARK)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The report, or one line for a target that cannot be had; no traceback of ours."""
        error = excinfo.value
        if isinstance(error, Broken):
            return _told(str(error), error.items[0].line(), self.path)
        if isinstance(error, TargetError | ServerError):
            return _told(str(error), str(error).splitlines()[0], self.path)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """How pytest names it."""
        return self.path, None, self.nodeid


class Family(_Test):
    """The rules of one family, on one route."""

    def __init__(self, group: Group, **more: Any) -> None:
        super().__init__(**more)
        self.group = group
        # With --dist loadgroup the tests of a route stay on one worker, which plays it once.
        if self.config.pluginmanager.hasplugin("xdist"):
            self.add_marker(pytest.mark.xdist_group(self.nodeid.rpartition("::")[0]))

    def runtest(self) -> None:
        """Fail for what is broken, xfail for what a baseline knows, skip what was not put to the test."""
        verdict = self.group.verdict(self.name)
        if verdict.new:
            raise Broken(verdict.new)
        if verdict.known:
            told = sorted({one.rule.id for one in verdict.known})
            pytest.xfail(f"in the baseline: {', '.join(told)}")
        if not verdict.exercised:
            pytest.skip(verdict.why)


class Unavailable(_Test):
    """Stands for the tests of an app that cannot be had."""

    def __init__(self, why: str, **more: Any) -> None:
        super().__init__(**more)
        self.why = why

    def runtest(self) -> None:
        """Fail with the reason."""
        raise TargetError(self.why)


def _told(report: str, line: str, path: Path) -> Any:
    """The report as pytest takes it: the one line of it goes into the summary, with xdist too."""
    try:
        from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

        traceback = ReprTraceback(
            [ReprEntryNative([f"{one}\n" for one in report.splitlines()])], None, "native"
        )
        return ReprExceptionInfo(reprtraceback=traceback, reprcrash=ReprFileLocation(str(path), 0, line))
    except (ImportError, TypeError):  # another pytest: it is told all the same
        return report
