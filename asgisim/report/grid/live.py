"""How far a grid is, on a terminal; nowhere else."""

from __future__ import annotations

from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

import asgisim.grid.tally as tally
from asgisim.grid.model import CellReport
from asgisim.report.style import visible


class Live:
    """A bar that follows the cells, and a line for each one that is done; silent where there is no terminal.

    Use as a context manager and call it with each cell's report.
    """

    def __init__(self, cells: int, stream: TextIO, quiet: bool = False) -> None:
        self.bar: Progress | None = None
        if stream.isatty() and not quiet:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self.bar = Progress(*columns, console=Console(file=stream), transient=True)
            self.task = self.bar.add_task("cells", total=cells)

    def __call__(self, cell: CellReport) -> None:
        """A cell is done."""
        if self.bar is None:
            return
        found = tally.tally([cell])
        told = f" ({found.told})" if found.told else ""
        style = {"bad": "red", "warn": "yellow", "off": "dim"}.get(tally.shade(cell), "green")
        words = f"{visible(cell.cell.id)}  {tally.brief(cell)}{told}  {cell.seconds:.1f} s"
        self.bar.console.print(Text(words, style))
        self.bar.advance(self.task)

    def __enter__(self) -> Live:
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.stop()
