"""``pytest --asgi-coverage``: what a test suite exercises of ASGI, and above all what it never sees.

Watched are Lint, the clients of asgisim, `judge`, and the test clients of others (`watching`).
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from asgisim.judge.coverage import Coverage, gather
from asgisim.pytest_plugin.watching import Watcher
from asgisim.report import coverage as report

_KEY = "asgisim_coverage"  # in what an xdist worker hands over


class CoveragePlugin:
    """Gathers until pytest is unconfigured; workers of xdist hand over to their controller."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.coverage = Coverage()
        self.missing = 0  # workers that died with what they had gathered
        self._stack = ExitStack()
        self._stack.enter_context(gather(self.coverage))
        self._stack.callback(Watcher().stop)

    @pytest.hookimpl
    def pytest_unconfigure(self) -> None:
        """Watch no more."""
        self._stack.close()

    @pytest.hookimpl
    def pytest_sessionfinish(self) -> None:
        """In a worker: hand over."""
        output: dict[str, Any] | None = getattr(self.config, "workeroutput", None)
        if output is not None:
            output[_KEY] = self.coverage.to_json()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: Any) -> None:
        """In the controller: take what a worker gathered."""
        output = getattr(node, "workeroutput", {})
        if _KEY in output:
            self.coverage.merge(Coverage.from_json(output[_KEY]))
        else:
            self.missing += 1

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The report, and the file where one is asked for."""
        path = self.config.getoption("--asgi-coverage-file")
        if path:
            told = f"ASGI coverage written to {path}\n"
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(rendered(self.coverage, path), "utf-8")
        else:
            told = report.text(self.coverage, verbose=self.config.get_verbosity() > 0)
        if self.missing:
            told += f"Incomplete: {self.missing} worker{'s' * (self.missing > 1)} ended without a report.\n"
        terminalreporter.section("ASGI coverage")
        terminalreporter.write(told)


def rendered(coverage: Coverage, path: str) -> str:
    """The report in the form that the file's name asks for: .json, .html, else text."""
    forms = {".json": report.json, ".html": report.page}
    return forms.get(Path(path).suffix.lower(), lambda one: report.text(one, verbose=True))(coverage)
