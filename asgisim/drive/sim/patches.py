"""Sets in a fixed order for the parts of asyncio and anyio that go through sets of tasks.

Their sets hash by address, so the order in which tasks are cancelled differs from run to run. All
private names of other packages that the asyncio side touches stand here; where one is missing the
run is only less deterministic.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator, MutableSet
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from queue import Queue
from typing import Any

from asgisim.drive.sim.census import LOCK_STEP

# New in Python 3.11; under --python there may be an older one.
_GROUPS: Any = importlib.import_module("asyncio.taskgroups") if sys.version_info >= (3, 11) else None
_ANYIO = "anyio._backends._asyncio"


class OrderedSet(MutableSet[Any]):
    """A set that goes through its members in the order they were added."""

    def __init__(self, items: Iterable[Any] = ()) -> None:
        self._items = dict.fromkeys(items)

    def __contains__(self, item: object) -> bool:
        return item in self._items

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def add(self, value: Any) -> None:
        self._items[value] = None

    def discard(self, value: Any) -> None:
        self._items.pop(value, None)

    def copy(self) -> OrderedSet:
        return OrderedSet(self._items)

    def update(self, *others: Iterable[Any]) -> None:
        for other in others:
            self._items.update(dict.fromkeys(other))

    def difference_update(self, *others: Iterable[Any]) -> None:
        for other in others:
            for item in list(other):
                self._items.pop(item, None)


class Patches:
    """The patched module globals, installed while any Simulator is open."""

    def __init__(self) -> None:
        self.users = 0
        self.anyio: Any = None
        self.queue: Any = None

    def install(self) -> None:
        """Put an ordered set into asyncio.taskgroups, and into anyio's backend once it is imported."""
        self.users += 1
        if self.users > 1:
            return
        if _GROUPS is not None:
            _GROUPS.set = OrderedSet
        if _ANYIO in sys.modules:
            self.patch(sys.modules[_ANYIO])
        else:
            # anyio imports it in the first call of an app, which must not be in another order than the next.
            sys.meta_path.insert(0, _FINDER)

    def patch(self, backend: Any) -> None:
        """The same for anyio's asyncio backend."""
        if self.users and hasattr(backend, "Queue"):
            self.anyio, self.queue = backend, vars(backend)["Queue"]
            backend.set = OrderedSet
            vars(backend)["Queue"] = _RestingQueue

    def remove(self) -> None:
        """Put back what was there, once nobody uses it."""
        self.users -= 1
        if self.users:
            return
        if _FINDER in sys.meta_path:
            sys.meta_path.remove(_FINDER)
        if _GROUPS is not None:
            vars(_GROUPS).pop("set", None)
        if self.anyio is not None:
            vars(self.anyio).pop("set", None)
            vars(self.anyio)["Queue"] = self.queue
            self.anyio = None


class _Finder:
    """Lets one module be imported as ever, and patches it before anybody has it.

    A finder by its method alone: importlib.abc would be an eighth of all that importing asgisim costs.
    """

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name != _ANYIO:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_patch(module: Any) -> None:
                execute(module)
                PATCHES.patch(module)

            spec.loader.exec_module = execute_and_patch  # type: ignore[method-assign]
        return spec


_FINDER = _Finder()


class _RestingQueue(Queue[Any]):
    """Work put into an anyio worker's queue comes to rest before the loop goes on."""

    def put_nowait(self, item: Any) -> None:
        super().put_nowait(item)
        if item is not None:
            LOCK_STEP.rest()


PATCHES = Patches()
