"""Waiting on asyncio and on trio, for the app that has no framework to do so. Standard library only."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")
Wait = Callable[[], Awaitable[None]]


def trio() -> Any:
    """The module trio inside of its loop, else None."""
    module: Any = sys.modules.get("trio")
    return module if module is not None and module.lowlevel.in_trio_run() else None


async def sleep(seconds: float) -> None:
    """Wait so long."""
    await (trio() or asyncio).sleep(seconds)


async def in_thread(work: Callable[[], T]) -> T:
    """Call it in a thread."""
    module = trio()
    result: T = await (module.to_thread.run_sync(work) if module else asyncio.to_thread(work))
    return result


async def either(told: Wait, forever: Wait) -> None:
    """Run both until one ends, and cancel the other; the OSError of a send to nobody is an end as well."""
    module = trio()
    if module is not None:
        await _either_on_trio(module, told, forever)
        return
    tasks = [asyncio.ensure_future(one()) for one in (told, forever)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for result in ended:
        if isinstance(result, Exception) and not isinstance(result, OSError):
            raise result


async def _either_on_trio(module: Any, told: Wait, forever: Wait) -> None:
    async with module.open_nursery() as nursery:

        async def until(one: Wait) -> None:
            try:
                await one()
            except OSError:
                pass
            nursery.cancel_scope.cancel()

        nursery.start_soon(until, told)
        nursery.start_soon(until, forever)
