"""Which apps there are, what each needs, and what a framework cannot do of the contract."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any


@dataclass(frozen=True, slots=True)
class App:
    """One framework. needs: distributions, itself first. cannot: endpoint name to the reason."""

    name: str
    title: str
    needs: tuple[str, ...] = ()
    cannot: Mapping[str, str] = field(default_factory=dict)

    @property
    def module(self) -> str:
        return f"asgisim.frameworks.{self.name}_app"

    @property
    def target(self) -> str:
        """As ``asgisim fuzz`` takes it."""
        return f"{self.module}:app"

    def versions(self) -> dict[str, str]:
        """Distribution to its version, for those of needs that are installed."""
        found = {}
        for name in self.needs:
            try:
                found[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                pass
        return found

    def missing(self) -> list[str]:
        """The distributions of needs that are not installed."""
        return [name for name in self.needs if name not in self.versions()]

    def load(self) -> Any:
        """Import the module and return its app. Raises ImportError if something is not installed."""
        if missing := self.missing():
            raise ImportError(f"{self.title} is not installed: {', '.join(missing)} missing")
        return importlib.import_module(self.module).app


APPS: tuple[App, ...] = (
    App("bare", "bare ASGI"),
    App("starlette", "Starlette", ("starlette", "python-multipart")),
)


def find(name: str) -> App:
    """The app of that name. Raises ValueError that lists the names."""
    for app in APPS:
        if app.name == name:
            return app
    raise ValueError(f"expected one of {', '.join(app.name for app in APPS)}, but got {name!r}")
