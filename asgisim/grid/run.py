"""Many cells, on whatever runs them: processes of this machine, threads, or a cluster.

``run(cells, order, executor)`` wants a ``concurrent.futures.Executor`` and nothing more of it than `submit`:
`asgisim.grid.cell.play` with a cell and an order, both plain data that can be pickled, gives plain data back.
"""

from __future__ import annotations

import concurrent.futures as futures
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from asgisim.grid import cell as playing
from asgisim.grid.lasting import Lasting
from asgisim.grid.model import Cell, CellReport
from asgisim.grid.order import Order

Play = Callable[[Cell, Order], dict[str, Any]]


class Interrupted(KeyboardInterrupt):
    """Ctrl-C; whatever was found until then has been handed over."""


def processes(workers: int) -> futures.Executor:
    """Worker processes of this machine; they survive Ctrl-C, so that cells are told as far as they came.

    One that is lost costs no other cell: see `Lasting`.
    """
    return Lasting(_pool, workers)


def _pool(workers: int) -> futures.Executor:
    import multiprocessing

    # Not forked: the parent may have threads (rich draws in one), and a worker's modules are then its own.
    context = multiprocessing.get_context("spawn")
    return futures.ProcessPoolExecutor(workers, mp_context=context, initializer=playing.prepare)


def run(
    cells: Iterable[Cell], order: Order, executor: futures.Executor, play: Play = playing.play
) -> Iterator[CellReport]:
    """Each cell's report as soon as it is there, in the order in which they end.

    A cell that fails to give one (its worker is lost) is reported as ``cannot-run``. On Ctrl-C no further
    cell begins, those that run end early, their reports still come, and then Interrupted is raised. The
    executor is the caller's to shut down.
    """
    waiting: dict[futures.Future[dict[str, Any]], Cell] = {}
    interrupted = False
    for one in cells:
        waiting[executor.submit(play, one, order)] = one
    try:
        while waiting:
            try:
                done, _ = futures.wait(waiting, return_when=futures.FIRST_COMPLETED)
            except KeyboardInterrupt:
                if interrupted:
                    raise
                interrupted = True
                stop(order)
                for future in [future for future in waiting if future.cancel()]:
                    del waiting[future]
                continue
            for future in done:
                yield _report(waiting.pop(future), future, order)
    finally:
        if waiting:
            stop(order)
            for future in waiting:
                future.cancel()
    if interrupted:
        raise Interrupted


def stop(order: Order) -> None:
    """Ask every cell that runs to end early."""
    if order.stop:
        Path(order.stop).touch()


def _report(cell: Cell, future: futures.Future[dict[str, Any]], order: Order) -> CellReport:
    try:
        return CellReport.from_json(future.result())
    except Exception as error:  # whatever an executor makes of a lost worker
        why = f"{type(error).__name__}: {error}".strip().rstrip(":")
        return CellReport(cell, "cannot-run", f"its worker gave no report: {why}", rerun=order.rerun(cell))
