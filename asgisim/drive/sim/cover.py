"""Branch coverage of chosen packages, as guidance for the campaign: sys.monitoring, Python 3.12 and later.

Events are local to the code objects of the roots, so that everything else runs at full speed.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from types import CodeType, ModuleType
from typing import Any

_TOOLS = (3, 4, 0, 2)  # 1 is coverage.py's


class Coverage:
    """The branches that the code of the modules under roots has taken.

    roots: names of modules or packages, which must be imported. Raises RuntimeError where
    sys.monitoring is missing or no tool id is free; guidance is then to be given up with a notice.
    """

    def __init__(self, roots: Iterable[str]) -> None:
        self.monitoring: Any = getattr(sys, "monitoring", None)
        if self.monitoring is None:
            raise RuntimeError("branch coverage needs Python 3.12 or later")
        self.roots = tuple(roots)
        self.tool: int | None = None
        self.seen: set[int] = set()
        self.numbers: dict[CodeType, int] = {}

    def start(self) -> None:
        """Watch the code of the roots as far as it is imported now; again to watch what came since."""
        if self.tool is None:
            self.tool = self._free_tool()
            self.monitoring.register_callback(self.tool, self.monitoring.events.BRANCH, self._branch)
        for code in sorted(self._codes(), key=lambda one: (one.co_filename, one.co_firstlineno, one.co_name)):
            if code not in self.numbers:
                self.numbers[code] = len(self.numbers) << 32
                self.monitoring.set_local_events(self.tool, code, self.monitoring.events.BRANCH)

    def take(self) -> set[int]:
        """The branches taken since the last call, as numbers that are the same in each run of one process."""
        seen, self.seen = self.seen, set()
        return seen

    def stop(self) -> None:
        """Watch no more, and give the tool id back."""
        if self.tool is not None:
            for code in self.numbers:
                self.monitoring.set_local_events(self.tool, code, 0)
            self.monitoring.register_callback(self.tool, self.monitoring.events.BRANCH, None)
            self.monitoring.free_tool_id(self.tool)
            self.tool = None
            self.numbers.clear()

    def _free_tool(self) -> int:
        for tool in _TOOLS:
            if self.monitoring.get_tool(tool) is None:
                self.monitoring.use_tool_id(tool, "asgisim")
                return tool
        raise RuntimeError("no tool id of sys.monitoring is free for branch coverage")

    def _branch(self, code: CodeType, offset: int, target: int) -> None:
        self.seen.add(self.numbers[code] | offset << 16 & 0xFFFF0000 | target & 0xFFFF)

    def _codes(self) -> Iterator[CodeType]:
        files = set()
        for name, module in list(sys.modules.items()):
            if isinstance(module, ModuleType) and self._under(name):
                file = getattr(module, "__file__", None)
                if file is not None:
                    files.add(file)
                    yield from _codes_of(module, file)

    def _under(self, name: str) -> bool:
        return any(name == root or name.startswith(root + ".") for root in self.roots)


def watching(modules: Iterable[str]) -> Coverage | None:
    """Watching these modules; None where they have no code, or Python cannot tell their branches."""
    try:
        cover = Coverage(modules)
        cover.start()
    except RuntimeError:
        return None
    if cover.numbers:
        return cover
    cover.stop()
    return None


def _codes_of(module: ModuleType, file: str) -> Iterator[CodeType]:
    todo: list[Any] = list(vars(module).values())
    done: set[int] = set()
    while todo:
        item = todo.pop()
        if id(item) in done:
            continue
        done.add(id(item))
        if type(item) is CodeType:
            if item.co_filename == file:
                yield item
                todo.extend(item.co_consts)
            continue
        with contextlib.suppress(Exception, SystemExit):  # an app's own objects answer as they like
            todo.extend(_inside(item, module))


def _inside(item: Any, module: ModuleType) -> list[Any]:
    """What may hold code, or is code, one step further in."""
    if isinstance(item, type):
        return list(vars(item).values()) if item.__module__ == module.__name__ else []
    if isinstance(item, staticmethod | classmethod):
        return [item.__func__]
    if isinstance(item, property):
        return [item.fget, item.fset, item.fdel]
    wrapped = getattr(item, "__wrapped__", None) if hasattr(type(item), "__code__") else None
    code = getattr(item, "__code__", None)
    return [code if type(code) is CodeType else None, wrapped]
