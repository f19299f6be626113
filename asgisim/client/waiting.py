"""Tasks and waiting on asyncio and on trio, for calls that both sides of go on in turns.

Each library's own means, and none of what makes them alike: this is passed for every event.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import types
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Protocol


class Task:
    """A task of either library."""

    __slots__ = ("cancel", "keep")

    def __init__(self, cancel: Callable[[], Any], keep: Any) -> None:
        self.cancel = cancel
        self.keep = keep  # asyncio holds its tasks weakly


class Bell(Protocol):
    """Rung when anything has changed; whoever waits for something looks then whether it is true.

    cancelled: what a cancelled task is given to raise.
    """

    cancelled: type[BaseException]

    def ring(self) -> None:
        """Let everybody who waits look again."""
        ...

    def spawn(self, function: Callable[[], Awaitable[None]], context: contextvars.Context) -> Task:
        """Run it in a task bound to no nursery: fixtures may set up and tear down in different tasks."""
        ...

    def pause(self) -> Awaitable[None]:
        """Let all others have a turn, and this task be cancelled."""
        ...

    def change(self) -> Awaitable[None]:
        """Wait until it is rung."""
        ...

    async def until(self, true: Callable[[], bool], seconds: float | None) -> bool:
        """Wait until it is true, at most so many real seconds; whether it is."""
        ...


@types.coroutine
def _turn() -> Generator[None, None, None]:
    yield


class AsyncioBell:
    """On asyncio."""

    __slots__ = ("_loop", "_waiting")
    cancelled: type[BaseException] = asyncio.CancelledError

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[asyncio.Future[None]] = []

    def ring(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)

    def spawn(self, function: Callable[[], Awaitable[None]], context: contextvars.Context) -> Task:
        coro: Any = function()
        task = self._loop.create_task(coro, context=context)
        return Task(task.cancel, task)

    def pause(self) -> Awaitable[None]:
        return _turn()

    def change(self) -> Awaitable[None]:
        one = self._loop.create_future()
        self._waiting.append(one)
        return one

    async def until(self, true: Callable[[], bool], seconds: float | None) -> bool:
        if true():
            return True
        await _turn()  # most apps get it done in one go, and no timer is needed
        if true():
            return True
        if seconds is None:
            while not true():
                await self.change()
            return True
        end = self._loop.time() + seconds
        timer = self._loop.call_later(seconds, self.ring)
        try:
            while not true():
                if self._loop.time() >= end:
                    return False
                await self.change()
        finally:
            timer.cancel()
        return True


class TrioBell:
    """On trio."""

    __slots__ = ("_trio", "_waiting", "cancelled")

    def __init__(self, trio: Any) -> None:
        self._trio = trio
        self._waiting: list[Any] = []
        self.cancelled: type[BaseException] = trio.Cancelled

    def ring(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.set()

    def spawn(self, function: Callable[[], Awaitable[None]], context: contextvars.Context) -> Task:
        scope = self._trio.CancelScope()

        async def main() -> None:
            with scope:
                await function()

        return Task(scope.cancel, self._trio.lowlevel.spawn_system_task(main, context=context))

    def pause(self) -> Awaitable[None]:
        checkpoint: Awaitable[None] = self._trio.lowlevel.checkpoint()
        return checkpoint

    def change(self) -> Awaitable[None]:
        one = self._trio.Event()
        self._waiting.append(one)
        rung: Awaitable[None] = one.wait()
        return rung

    async def until(self, true: Callable[[], bool], seconds: float | None) -> bool:
        if true():
            return True
        await self.pause()
        if true():
            return True
        with self._trio.move_on_after(float("inf") if seconds is None else seconds):
            while not true():
                await self.change()
        return true()


def bell() -> Bell:
    """One for the library that runs this task."""
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_run():
        return TrioBell(trio)
    return AsyncioBell()
