"""Seed files (``*.asgi.json``) as tests."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from asgisim.cli import replaying
from asgisim.cli.replaying import Result, items_of
from asgisim.model import seeds
from asgisim.model.seeds import SeedError
from asgisim.report import text
from asgisim.target import TargetError
from asgisim.wire import seeds as wire_seeds


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
        if isinstance(excinfo.value, BrokenSeed | SeedError | TargetError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """How pytest names it."""
        return self.path, None, f"seed {self.path.name}"


def _told(result: Result) -> str:
    return "\n".join(text.finding(item) for item in items_of(result))
