"""pytest: seed files (``*.asgi.json``) are collected as tests.

Loaded by every pytest run where asgisim is installed, so nothing is imported before a seed is met.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from asgisim.cli.replaying import Result


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--asgi-app``: the target of seed files, in place of the one that they name."""
    group = parser.getgroup("asgisim")
    group.addoption(
        "--asgi-app", metavar="APP", help="module:attribute, the app that *.asgi.json files run against"
    )


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

        seed = seeds.read(self.path)
        (result,) = replaying.run([(str(self.path), seed)], self.config.getoption("--asgi-app"))
        for gone in result.gone:
            words = f'{self.path.name}: {gone.rule} is no longer broken; change what is expected to "clean"'
            warnings.warn(pytest.PytestWarning(words), stacklevel=2)
        if result.new:
            raise BrokenSeed(_told(result))
        if result.known:
            pytest.xfail(", ".join(sorted({one.rule.id for one in result.known})) + " is known to be broken")

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
