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
    """One framework. needs: distributions, itself first.

    cannot: name of an endpoint, or name#n for its n-th case alone, to the reason why it cannot be done. trio:
    the app runs on trio as well as on asyncio.
    """

    name: str
    title: str
    needs: tuple[str, ...] = ()
    cannot: Mapping[str, str] = field(default_factory=dict)
    trio: bool = False

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


def _has(name: str, *least: int) -> bool:
    """Whether this version of a distribution, or a later one, is installed."""
    try:
        there = metadata.version(name).split(".")
    except metadata.PackageNotFoundError:
        return False
    return tuple(int(part) for part in there[: len(least)] if part.isdigit()) >= least


EMPTY_BINARY = "an empty binary message without the key text raises KeyError"

QUART = {
    "scope-state": "has no interface to the state of the lifespan scope",
    "ws/echo#3": EMPTY_BINARY,
    "ws/echo-binary#2": EMPTY_BINARY,
    "ws/raise-after-accept": "logs the exception, then closes with 1000 as if all were well",
    **({"ws/return": "the call goes on until the client leaves"} if _has("quart", 0, 23) else {}),
}

NO_DENIAL = "has no denial response"
ACCEPTS_FIRST = "accepts before the handler is called"

NO_STATE = "has no interface to the state of the lifespan scope"
NO_CLOSE = "close does nothing in ASGI mode: no websocket.close is sent"
DJANGO = {"ws/denial#1": NO_DENIAL}
BLACKSHEEP = {"scope-state": NO_STATE, "ws/denial#1": NO_DENIAL}
FALCON = {"ws/denial#1": NO_DENIAL}
LITESTAR = {"scope-state": NO_STATE, "ws/denial#1": NO_DENIAL}
SANIC = {
    "scope-state": NO_STATE,
    "ws/close": NO_CLOSE,
    "ws/scope": NO_CLOSE,
    "ws/subprotocol": NO_CLOSE,
    "ws/raise-after-accept": "logs the exception and returns without a close",
    "ws/reject": ACCEPTS_FIRST,
    "ws/denial": ACCEPTS_FIRST,
    "ws/raise-before-accept": ACCEPTS_FIRST,
    "ws/return": ACCEPTS_FIRST,
}

APPS: tuple[App, ...] = (
    App("starlette", "Starlette", ("starlette", "python-multipart"), trio=True),
    App("fastapi", "FastAPI", ("fastapi", "starlette", "python-multipart"), trio=True),
    App("quart", "Quart", ("quart",), QUART),
    App("django", "Django, Channels", ("django", "channels"), DJANGO),
    App("litestar", "Litestar", ("litestar",), LITESTAR, trio=True),
    App("blacksheep", "BlackSheep", ("blacksheep",), BLACKSHEEP),
    App("falcon", "Falcon", ("falcon",), FALCON),
    App("sanic", "Sanic", ("sanic",), SANIC),
    App("bare", "bare ASGI", trio=True),
)


def find(name: str) -> App:
    """The app of that name. Raises ValueError that lists the names."""
    for app in APPS:
        if app.name == name:
            return app
    raise ValueError(f"expected one of {', '.join(app.name for app in APPS)}, but got {name!r}")
