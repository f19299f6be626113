"""``asgisim grid``: frameworks, servers and loops, each cell with the same contract cases."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import platform
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

import asgisim
from asgisim import files
from asgisim.cli.output import check, emit
from asgisim.cli.status import BROKEN, FAILED, INTERRUPTED, OK, UsageError
from asgisim.frameworks import apps
from asgisim.grid import axes, cell, expected, run
from asgisim.grid.cases import every
from asgisim.grid.compare import Comparison, compare, merge
from asgisim.grid.model import Axes, Case, Cell, CellReport, GridReport, ReportError
from asgisim.grid.order import Order
from asgisim.report.grid import changes
from asgisim.report.grid import text as as_text

REPORT_MAX = 1 << 28  # bytes of an earlier report; a full grid takes some millions
PATIENCE, QUICK_PATIENCE = 1.0, 0.5  # seconds that a case waits for what must come
LIMIT, QUICK_LIMIT = 180.0, 60.0  # seconds for the cases of a cell
_COMPARING = ("json", "markdown", "github", "html")


def play(options: argparse.Namespace) -> int:
    """Play the cells that were asked for and report. Raises UsageError."""
    check(options)
    rows = [row.case for row in every()]
    if options.list_cases:
        emit("".join(f"{one.id:42} {one.level:8} {one.sentence}\n" for one in rows), options)
        return OK
    earlier = _read("--against", options.against) if options.against else None
    if options.merge:
        report = merge([_read("--merge", path) for path in options.merge])
    else:
        report = _played(options, rows)
    against = (compare(earlier, report), options.against) if earlier else None
    emit(_written(report, options, against), options)
    return status(report, against[0] if against else None)


def _read(option: str, path: str) -> GridReport:
    """A report that was written earlier. Raises UsageError."""
    try:
        return GridReport.from_json(json.loads(files.read_text(path, REPORT_MAX)), path)
    except OSError as error:
        raise UsageError(f"{option}: {path} cannot be read: {error.strerror}") from None
    except ReportError as error:
        raise UsageError(f"{option}: {error}") from None
    except (ValueError, RecursionError):
        raise UsageError(
            f"{option}: expected a JSON report in {path}; write one with --format json --output {path}"
        ) from None


def _played(options: argparse.Namespace, rows: list[Case]) -> GridReport:
    order, cells = _asked(options, rows)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="asgisim-grid-"))
        order = _with(order, stop=str(Path(folder) / "stop"))
        report = _blank(options, order, cells, rows)
        begun = time.monotonic()
        kept = [found for one in cells if (found := _kept(one, order)) is not None]
        report.cells += kept
        left = [one for one in cells if one not in {done.cell for done in kept}]
        # Those that take longest first: at the end no single one is waited for.
        _run(options, order, sorted(left, key=lambda one: (one.in_process, one.server != "daphne")), report)
    report.seconds = round(time.monotonic() - begun, 1)
    report.cells.sort(key=lambda one: cells.index(one.cell))
    return report


def status(report: GridReport, against: Comparison | None = None) -> int:
    """The exit status of a report. against: what counts is what got worse."""
    if report.interrupted:
        return INTERRUPTED
    if report.red if against is None else against.red:
        return BROKEN
    return OK if any(one.state == "ran" and one.outcomes for one in report.cells) else FAILED


def _asked(options: argparse.Namespace, rows: list[Case]) -> tuple[Order, list[Cell]]:
    own = {
        one if ":" in one else f"{one}:app": one if ":" in one else f"{one}:app" for one in options.app or ()
    }
    try:
        names = axes.frameworks(options.framework or ()) if options.framework or not own else []
        servers = axes.servers(options.server or (), options.loop or (), options.quick)
        cases = axes.cases(options.category or (), options.case or (), [one.id for one in rows])
        folders = tuple(os.path.abspath(one) for one in options.expected or ())
        expected.load(*folders)
    except ValueError as error:
        raise UsageError(str(error)) from None
    order = Order(
        seed=options.seed,
        apps=own,
        cases=cases,
        quick=options.quick,
        patience=options.patience or (QUICK_PATIENCE if options.quick else PATIENCE),
        limit=QUICK_LIMIT if options.quick else LIMIT,
        folder=os.getcwd() if own else "",
        keep=_folder(options.resume),
        expected=folders,
    )
    return order, [axes.cell(name, behind) for behind in servers for name in [*own, *names]]


def _folder(resume: str | None) -> str:
    if not resume:
        return ""
    try:
        Path(resume).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--resume: {resume} cannot be a folder: {error.strerror}") from None
    return os.path.abspath(resume)


def _with(order: Order, **changes: str) -> Order:
    from dataclasses import replace

    return replace(order, **changes)  # type: ignore[arg-type]


def _blank(options: argparse.Namespace, order: Order, cells: list[Cell], rows: list[Case]) -> GridReport:
    return GridReport(
        asgisim.__version__,
        datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        platform.platform(),
        order.seed,
        command=shlex.join(["asgisim", *options.words]),
        axes=Axes(_distinct(one.framework for one in cells), _distinct(one.behind for one in cells)),
        titles={app.name: app.title for app in apps.APPS} | {name: name for name in order.apps},
        cases=[one for one in rows if order.wants(one.id)],
    )


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _kept(one: Cell, order: Order) -> CellReport | None:
    """What an earlier run has kept of a cell, if it was asked the same and the versions are the same."""
    if not order.keep:
        return None
    try:
        data = json.loads(files.read_text(Path(order.keep) / cell.file_name(one), REPORT_MAX))
        found = CellReport.from_json(data)
    except (OSError, ValueError, ReportError, RecursionError):
        return None
    fresh = cell.blank(one, order)
    same = (found.cell, found.versions, found.seed, found.platform) == (
        (fresh.cell, fresh.versions, fresh.seed, fresh.platform)
    )  # fmt: skip
    asked = {row.id for row in cell.wanted(one, order)}
    return found if same and found.state == "ran" and {one.case for one in found.outcomes} == asked else None


def _run(options: argparse.Namespace, order: Order, cells: list[Cell], report: GridReport) -> None:
    from asgisim.report.grid.live import Live

    if not cells:
        return
    live = Live(len(cells), sys.stderr, options.quiet)
    with executor_of(options, len(cells)) as executor, live:
        try:
            for one in run.run(cells, order, executor):
                report.cells.append(one)
                live(one)
        except KeyboardInterrupt:
            report.interrupted = True


@contextlib.contextmanager
def executor_of(options: argparse.Namespace, most: int) -> Iterator[Executor]:
    """Where the cells run: processes of this machine, or a cluster."""
    if options.dask:
        from asgisim.cli import cluster

        with cluster.connect(options.dask) as found:
            yield found.executor
    else:
        with run.processes(min(options.workers or 3 * (os.cpu_count() or 1), most)) as executor:
            yield executor


def _written(report: GridReport, options: argparse.Namespace, against: changes.Against | None = None) -> str:
    if options.format == "text":
        terminal = sys.stdout.isatty() and not options.output
        colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        width = max(60, shutil.get_terminal_size().columns) if terminal else 100
        if options.quiet:
            told = f"{changes.told(*against)}\n" if against else ""
            return f"{told}{as_text.summary(report)}\n"
        return as_text.text(report, width, colour, options.verbose, against)
    form = import_module(f"asgisim.report.grid.{options.format}")
    # JUnit and SARIF have no place for what changed: other programs compare these by themselves.
    written: str = form.text(report, *([against] if options.format in _COMPARING else []))
    return written
