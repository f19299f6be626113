"""One cell: a server is started once (or the app in process), and all cases are played on it."""

from __future__ import annotations

import contextlib
import json
import logging
import multiprocessing
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

from asgisim import files
from asgisim.frameworks import apps
from asgisim.grid import expected
from asgisim.grid.bench import Bench
from asgisim.grid.cases import every
from asgisim.grid.cases.table import Row
from asgisim.grid.driver import Driver, Stopped
from asgisim.grid.exchange import Ask
from asgisim.grid.health import Keeper
from asgisim.grid.model import Cell, CellReport
from asgisim.grid.order import Order
from asgisim.grid.sockets import Sockets
from asgisim.grid.watched import APP, RECORD
from asgisim.servers import Running, ServerError, ServerMissing, find, start
from asgisim.servers.warden import VARIABLE, warden

CHILD = "import sys; from asgisim.grid.cell import child; child(sys.argv[1])"
START = 60.0  # seconds until a server has to be ready: frameworks are large, and machines busy
TICKS = {"daphne": 1.0}  # seconds between two looks of a server at whether its app has raised
LOG_KEPT = 2000  # characters of a server's log that a report shows
BESIDE = 60.0  # seconds for a cell in process beyond those for its cases: its child may hang
_FOLDERS: set[str] = set()  # that cells of this process have at this moment


def prepare() -> None:
    """In a worker process: Ctrl-C is the parent's, which asks for the end of the cells in its own way."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):  # what was held back until now is thrown away
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    """Once the parent has ended, by SIGKILL even, nobody wants this worker's cells: it ends.

    Its servers are ended by our warden, which sees that we are gone.
    """
    parent.join()
    for folder in list(_FOLDERS):
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


@contextlib.contextmanager
def _scratch() -> Iterator[str]:
    """A folder for one cell, which does not outlive it."""
    with tempfile.TemporaryDirectory(prefix="asgisim-grid-", ignore_cleanup_errors=True) as folder:
        _FOLDERS.add(folder)
        try:
            yield folder
        finally:
            _FOLDERS.discard(folder)


def play(cell: Cell, order: Order) -> dict[str, Any]:
    """The report of a cell as JSON data. Raises nothing that a cell may do wrong."""
    begun = time.monotonic()
    if _stopped(order):
        return blank(cell, order, "cannot-run", "interrupted").to_json()
    report = _known(cell, order) or _played(cell, order)
    report.seconds = round(time.monotonic() - begun, 3)
    data = report.to_json()
    if order.keep and not _stopped(order):
        files.write_text(str(Path(order.keep) / file_name(cell)), json.dumps(data))
    return data


def file_name(cell: Cell) -> str:
    """Of a cell's report in the folder that --resume reads."""
    return "".join(one if one.isalnum() or one in "-@." else "_" for one in cell.id) + ".json"


def blank(cell: Cell, order: Order, state: str = "ran", reason: str = "") -> CellReport:
    """A report without outcomes."""
    return CellReport(
        cell, state, reason, versions(cell, order), platform.platform(), order.seed, rerun=order.rerun(cell)
    )


def versions(cell: Cell, order: Order) -> dict[str, str]:
    """Of Python, the framework, the server with its parsers, and the loop, as far as they are installed."""
    found = {"python": platform.python_version()}
    if cell.framework not in order.apps:
        found.update(apps.find(cell.framework).versions())
    names = [] if cell.in_process else [*find(cell.behind)[0].modules]
    if cell.loop != "asyncio":
        names.append(cell.loop)
    for name in names:
        name = name.removesuffix("-sansio")
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def target(cell: Cell, order: Order) -> str:
    """The app of a cell, as ``module:attribute``."""
    return order.apps.get(cell.framework) or apps.find(cell.framework).target


def _known(cell: Cell, order: Order) -> CellReport | None:
    """The report of a cell that need not be played: not installed, or the framework is not for the loop."""
    if cell.framework not in order.apps:
        app = apps.find(cell.framework)
        if missing := app.missing():
            return blank(cell, order, "not-installed", f"{app.title}: {', '.join(missing)} not installed")
        if cell.loop == "trio" and not app.trio:
            return blank(cell, order, "cannot-run", f"{app.title} runs on asyncio alone")
    if cell.loop == "trio" and "trio" not in versions(cell, order):
        return blank(cell, order, "not-installed", "trio is not installed")
    return None


def wanted(cell: Cell, order: Order) -> list[Row]:
    """The rows that were asked for and have a meaning in this cell, those of the end last."""
    return [
        row
        for row in sorted(every(), key=lambda row: row.after)
        if order.wants(row.id) and not (order.quick and row.slow)
    ]


def _played(cell: Cell, order: Order) -> CellReport:
    if cell.in_process:
        return _in_child(cell, order)
    with _scratch() as folder:
        record = os.path.join(folder, "record")
        try:
            running = _start(cell, order, record)
        except ServerMissing as error:
            return blank(cell, order, "not-installed", str(error).splitlines()[0])
        except ServerError as error:
            return blank(cell, order, "cannot-run", str(error)[-LOG_KEPT:])
        return over_sockets(cell, order, running, record, lambda: _start(cell, order, record))


def _start(cell: Cell, order: Order, record: str, **env: str) -> Running:
    return start(
        cell.behind,
        order.door,
        path=[one for one in (order.folder, os.getcwd()) if one],
        env={**order.env, APP: target(cell, order), RECORD: record, **env},
        timeout=START,
    )


def over_sockets(
    cell: Cell, order: Order, running: Any, record: str, again: Callable[[], Any] | None = None
) -> CellReport:
    """The report of a server that is ready: its cases, its stop, and the cases of what is left.

    It is stopped in any case. again: starts another one, should this one no longer serve.
    """
    server, _ = find(cell.behind)
    order = replace(order, patience=order.patience + TICKS.get(server.name, 0.0))
    driver = Sockets(cell.framework, cell.behind, server.can, running.address(), record, order.patience)
    report = blank(cell, order)
    keeper = Keeper(running, driver, again)
    known = expected.load(*order.expected)
    bench = Bench(driver, order, report, known, keeper.alive, keeper if again else None)
    rows = wanted(cell, order)
    try:
        if reason := _unusable(report, driver, known):
            return blank(cell, order, "cannot-run", reason)
        bench.play([row for row in rows if not row.after], _stop_of(order))
        if report.state == "ran":
            driver.stopped = _stop(keeper.running)
        bench.play([row for row in rows if row.after], _stop_of(order))
    finally:
        driver.finish()
        keeper.running.stop()
    if report.state == "died":
        report.reason += f". The end of its log:\n{keeper.running.log()[-LOG_KEPT:]}"
    report.reason = "\n".join(filter(None, (*keeper.told, report.reason)))
    return report


def _unusable(report: CellReport, driver: Sockets, known: list[expected.Expected]) -> str:
    """Why nothing works behind a server, where that is known (an entry for all cases) and still so."""
    entry = next((one for one in known if one.whole and one.fits(report.cell, "", report.versions)), None)
    if entry is None:
        return ""
    driver.begin(driver.patience)
    serves = driver.ask(Ask(target=b"/health")).status == 200
    driver.finish()
    return "" if serves else entry.reason


def _stop(running: Any) -> Stopped:
    begun = time.monotonic()
    status = running.stop()
    clean = status in getattr(getattr(running, "server", None), "clean", (0,))
    return Stopped(status, clean, time.monotonic() - begun, running.log())


# --- in process ------------------------------------------------------------------------------------


def _in_child(cell: Cell, order: Order) -> CellReport:
    """In a process of its own: apps keep much in their modules, and some do not let go of the processor."""
    with _scratch() as folder:
        path = Path(folder) / "order.json"
        path.write_text(json.dumps([_plain(cell), _plain(order)]), encoding="utf-8")
        keeper = warden()
        paths = os.pathsep.join(filter(None, _paths(order)))
        environment = {**os.environ, **order.env, "PYTHONPATH": paths, VARIABLE: keeper.token}
        log = Path(folder) / "log"
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-c", CHILD, str(path)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
            keeper.watch(process.pid, folder)
            try:
                status: int | None = process.wait(order.limit + BESIDE)
            except subprocess.TimeoutExpired:
                status = None
            finally:
                with contextlib.suppress(OSError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                keeper.forget(process.pid)
        report = _read(path.with_suffix(".report"))
        if report is not None:
            return report
        end = log.read_text(encoding="utf-8", errors="replace")[-LOG_KEPT:]
        how = "did not end in time" if status is None else f"ended with the status {status}"
        state = "died" if status is None or status < 0 else "cannot-run"
        return blank(cell, order, state, f"it {how}:\n{end}")


def _paths(order: Order) -> Iterator[str]:
    yield from (str(Path(__file__).resolve().parents[2]), order.folder, os.environ.get("PYTHONPATH", ""))


def _read(path: Path) -> CellReport | None:
    try:
        return CellReport.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def child(path: str) -> None:
    """The child of `_in_child`: plays the cell of the file and writes its report beside it."""
    cell_data, order_data = json.loads(Path(path).read_text(encoding="utf-8"))
    for key, value in order_data.items():
        if isinstance(value, list):
            order_data[key] = tuple(value)
    cell, order = Cell(**cell_data), Order(**order_data)
    report = inside(cell, order)
    files.write_text(path.removesuffix(".json") + ".report", json.dumps(report.to_json()))
    sys.stdout.flush()
    os._exit(0)  # threads that an app has left behind must not keep us


def inside(cell: Cell, order: Order) -> CellReport:
    """The report of a cell in process, played in this very process."""
    from asgisim.grid.inside import Inside
    from asgisim.target import TargetError, load

    logging.disable(logging.CRITICAL)  # a thousand tracebacks of what was asked for
    try:
        try:
            loaded = load(target(cell, order), folder=order.folder or None)
        except TargetError as error:
            return blank(cell, order, "cannot-run", str(error))
        report = blank(cell, order)
        driver = Inside(cell.framework, loaded, cell.loop, order.patience)
        if refusal := _refusal(driver):
            return blank(cell, order, "cannot-run", refusal)
        bench = Bench(driver, order, report, expected.load(*order.expected), lambda: True)
        rows = wanted(cell, order)
        bench.play([row for row in rows if not row.after], _stop_of(order))
        driver.close()
        bench.play([row for row in rows if row.after], _stop_of(order))
    finally:
        logging.disable(logging.NOTSET)
    return report


def _refusal(driver: Driver) -> str:
    """What an app says that does not want to start, or an empty str."""
    span = driver.lifespan()
    failed = span.sent("lifespan.startup.failed") if span else []
    return f"the app's startup failed: {failed[0].get('message', '')}" if failed else ""


def _plain(value: Any) -> dict[str, Any]:
    found = {name: getattr(value, name) for name in value.__slots__}
    return {name: dict(one) if hasattr(one, "keys") else one for name, one in found.items()}


def _stopped(order: Order) -> bool:
    return bool(order.stop) and os.path.exists(order.stop)


def _stop_of(order: Order) -> Any:
    return lambda: _stopped(order)
