"""One campaign shared out: each part plays its share of the sweep, then searches on its own.

The parts run in processes of this machine, or wherever an executor takes them.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import Any

from asgisim.cli import foreign
from asgisim.cli.campaigning import Done, Order
from asgisim.cli.foreign_child import done_from_json, done_to_json
from asgisim.fuzz.findings import Campaign, merged


def run(order: Order, count: int, python: str | None = None, executor: Executor | None = None) -> Done:
    """Run an order in `count` parts, under another interpreter if one is named.

    The examples are shared out, the seconds are for each. The same count and seed give the same outcome,
    whoever runs the parts: without an executor, as many processes of this machine. Raises TargetError for
    whatever keeps a part from being done.
    """
    share = -(-order.max_examples // count)
    orders = [
        replace(order, seed=order.seed + number, max_examples=share, part=[number, count])
        for number in range(count)
    ]
    if executor is not None:
        return _together(_away(orders, python, executor))
    with ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(foreign.run, python or sys.executable, one) for one in orders]
        try:
            done = [future.result() for future in futures]
        except KeyboardInterrupt:
            foreign.interrupt()  # they hand over what they found
            done = [future.result() for future in futures]
            done[0].campaign.interrupted = True
    return _together(done)


def part(data: dict[str, Any], python: str | None, folder: str) -> dict[str, Any]:
    """One part as plain data, in a process of its own: a simulation turns the clocks of the one it runs in.

    folder: where the app is, on whatever machine this is. Raises TargetError.
    """
    order = Order(**data)
    there = folder if os.path.isdir(folder) else None
    return done_to_json(foreign.run(python or sys.executable, order, folder=there), order.name)


def _away(orders: list[Order], python: str | None, executor: Executor) -> list[Done]:
    """The parts, played by an executor. After Ctrl-C: those that were done."""
    futures = [executor.submit(part, asdict(one), python, os.getcwd()) for one in orders]
    try:
        return [done_from_json(future.result()) for future in futures]
    except KeyboardInterrupt:
        done = [found for future in futures if (found := _finished(future)) is not None]
        done = done or [Done(Campaign(), {}, None)]
        done[0].campaign.interrupted = True
        return done


def _finished(future: Future[dict[str, Any]]) -> Done | None:
    """What a part has come to, if it has; else it is called off."""
    if not future.done():
        future.cancel()
        return None
    try:
        return done_from_json(future.result())
    except (Exception, CancelledError):  # interrupted: what went wrong elsewhere no longer matters
        return None


def _together(done: list[Done]) -> Done:
    saved = [path for one in done for path in one.saved]
    return Done(merged([one.campaign for one in done]), done[0].versions, done[0].file, saved)
