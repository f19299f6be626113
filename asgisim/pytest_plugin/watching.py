"""Other people's test clients, watched: whatever app they drive goes through a Lint that only looks on.

A client is met when its module is imported, before any test can have made one. What a client calls is put
behind a stand-in that has every attribute of the app, so that a test that looks at ``client.app`` sees it.
"""

from __future__ import annotations

import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from types import ModuleType
from typing import Any

from asgisim.lint import Lint

# Module, class, and the attribute of its instances that holds the app (or what holds the app).
CLIENTS: tuple[tuple[str, str, str], ...] = (
    ("starlette.testclient", "_TestClientTransport", "app"),
    ("httpx._transports.asgi", "ASGITransport", "app"),
    ("httpx2._transports.asgi", "ASGITransport", "app"),
    ("asgiref.testing", "ApplicationCommunicator", "application"),
    ("async_asgi_testclient.testing", "TestClient", "application"),
    ("asgi_lifespan._manager", "LifespanManager", "app"),
    ("quart.testing.connections", "TestHTTPConnection", "app"),
    ("quart.testing.connections", "TestWebsocketConnection", "app"),
    ("quart.testing.app", "TestApp", "app"),
    ("litestar.testing.transport", "TestClientTransport", "client.app"),
    ("litestar.testing.websocket_test_session", "WebSocketTestSession", "client.app"),
    ("litestar.testing.life_span_handler", "LifeSpanHandler", "client.app"),
)
# Methods that call ``self.app`` themselves, of an object that tests look at.
METHODS: tuple[tuple[str, str, str], ...] = (("starlette.testclient", "TestClient", "lifespan"),)


class StandIn:
    """Another object, but for the attributes that are given."""

    def __init__(self, real: Any, **instead: Any) -> None:
        self.__dict__.update(instead, _real=real)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._real, name, value)


class Watched(StandIn):
    """An app, whose calls go through a Lint."""

    def __init__(self, app: Any) -> None:
        super().__init__(app, _lint=Lint(app, lambda finding, trace: None))

    def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        return self._lint(scope, receive, send)


def watched(app: Any) -> Any:
    """The app behind a Lint; what has one already is left as it is, and so is what cannot be called."""
    return Watched(app) if callable(app) and not isinstance(app, Watched | Lint) else app


class Watcher(MetaPathFinder):
    """Watches the clients of every module of CLIENTS that is there or will be imported, until `stop`."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []
        self._names = {module for module, _, _ in (*CLIENTS, *METHODS)}
        for name in self._names & sys.modules.keys():
            self.watch(sys.modules[name])
        sys.meta_path.insert(0, self)

    def stop(self) -> None:
        """Leave every class as it was."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        while self._undo:
            self._undo.pop()()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec that the other finders have, with a loader that tells of the module once it is there."""
        if fullname not in self._names:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Telling(spec.loader, self.watch)
                return spec
        return None

    def watch(self, module: ModuleType) -> None:
        """Watch the clients of a module; a class that this version does not have is passed over."""
        for name, kind, attribute in CLIENTS:
            if name == module.__name__ and isinstance(found := getattr(module, kind, None), type):
                self._replace(found, "__init__", _making(found.__init__, attribute))  # type: ignore[misc]
        for name, kind, method in METHODS:
            found = getattr(module, kind, None) if name == module.__name__ else None
            if isinstance(found, type) and hasattr(found, method):
                self._replace(found, method, _standing_in(getattr(found, method)))

    def _replace(self, owner: type, name: str, value: Any) -> None:
        own, before = name in vars(owner), getattr(owner, name)
        setattr(owner, name, value)
        self._undo.append(lambda: setattr(owner, name, before) if own else delattr(owner, name))


class _Telling(Loader):
    """A loader that says when its module is there."""

    def __init__(self, real: Loader, tell: Callable[[ModuleType], None]) -> None:
        self._real, self._tell = real, tell

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._real.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._real.exec_module(module)
        self._tell(module)


def _making(init: Callable[..., None], attribute: str) -> Callable[..., None]:
    holder, _, name = attribute.rpartition(".")

    def made(self: Any, *arguments: Any, **options: Any) -> None:
        init(self, *arguments, **options)
        if not holder:
            setattr(self, name, watched(getattr(self, name)))
        else:
            inner = getattr(self, holder)
            setattr(self, holder, StandIn(inner, **{name: watched(getattr(inner, name))}))

    made.__signature__ = _signature(init)  # type: ignore[attr-defined]
    return made


def _standing_in(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, *arguments: Any, **options: Any) -> Any:
        return method(StandIn(self, app=watched(self.app)), *arguments, **options)

    return call


def _signature(function: Callable[..., Any]) -> Any:
    import inspect

    return inspect.signature(function)
