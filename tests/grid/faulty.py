"""The cases of the grid on the contract's plain app and the reference server, with a fault in one of them.

Everything is in a thread of this process, so that a cell starts in a millisecond. A fault has up to three
parts: around the watched app (the server looks wrong), inside (the app is wrong), or another server.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from asgisim.frameworks import bare_app
from asgisim.grid import cell as playing
from asgisim.grid.cases import every
from asgisim.grid.model import Cell, CellReport, Outcome, Status
from asgisim.grid.order import Order
from asgisim.grid.watched import watched
from asgisim.reference.server import Server
from tests.mutants.servers.parts import Around, Kind
from tests.mutants.servers.thread import Running as Thread

CELL = Cell("bare", "reference")
PATIENCE = 0.5  # seconds; what a fault holds back never comes


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in words. outside: around the watched app. inside: around the app itself. kind: the server."""

    name: str
    outside: Around | None = None
    inside: Around | None = None
    kind: Kind = Server

    def __str__(self) -> str:
        return self.name


GOOD = Fault("none")


class Running(Thread):
    """A server in a thread, with an app of its own."""

    def __init__(self, kind: Kind, app: Any) -> None:
        self.app = app
        super().__init__(kind)

    async def _serve(self) -> int:
        import asyncio

        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._server = self.kind(self.app, self.listener)
        await self._server.serve()
        return 0


def play(fault: Fault, cases: Sequence[str] = (), repeats: int = 0) -> dict[str, Outcome]:
    """Case to its outcome, for these cases or all."""
    return {one.case: one for one in report(fault, cases, repeats).outcomes}


def report(fault: Fault, cases: Sequence[str] = (), repeats: int = 0) -> CellReport:
    """The report of the cell with this fault."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "record")
        app = bare_app.app if fault.inside is None else fault.inside(bare_app.app)
        inner = watched(app, path)
        running = Running(fault.kind, inner if fault.outside is None else fault.outside(inner))
        try:
            _await(running)
            order = Order(cases=tuple(cases), patience=PATIENCE, repeats=repeats)
            return playing.over_sockets(CELL, order, running, path)
        finally:
            running.stop()


def _await(running: Running) -> None:
    import time

    deadline = time.monotonic() + 10
    while running.returncode is None and not running.ready() and time.monotonic() < deadline:
        time.sleep(0.002)


def noticed(good: dict[str, Outcome], bad: dict[str, Outcome]) -> list[str]:
    """The cases that fail with a fault and not without; open questions count if they see something else."""
    return [
        case
        for case, one in bad.items()
        if good[case].status is Status.PASS
        and (one.status is Status.FAIL or (one.status is Status.PASS and one.seen != good[case].seen))
    ]


def levels() -> dict[str, str]:
    """Case to its level."""
    return {row.id: row.case.level for row in every()}


Change = Callable[[dict[str, Any]], Any]


def replies(change: Callable[[Any, list[Any]], Iterable[Any]]) -> Around:
    """An app whose events go through `change(scope, those before)`, each becoming any number of events."""

    def layer(app: Any) -> Any:
        async def wrapped(scope: Any, receive: Any, send: Any) -> None:
            before: list[Any] = []

            async def other(event: Any) -> None:
                before.append(event)
                for one in change(scope, before):
                    await send(one)

            await app(scope, receive, other)

        return wrapped

    return layer


def instead(path: str, act: Callable[[Any, Any, Any], Any]) -> Around:
    """An app that does something else on one path (the end of it may be a star)."""

    def layer(app: Any) -> Any:
        async def wrapped(scope: Any, receive: Any, send: Any) -> None:
            here = str(scope.get("path", scope["type"]))
            if here == path or (path.endswith("*") and here.startswith(path[:-1])):
                await act(scope, receive, send)
            else:
                await app(scope, receive, send)

        return wrapped

    return layer


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    """An app that neither answers nor returns."""
    await anyio.sleep_forever()


def answers(status: int, body: bytes, *headers: tuple[bytes, bytes]) -> Callable[[Any, Any, Any], Any]:
    """An app with this answer."""

    async def act(scope: Any, receive: Any, send: Any) -> None:
        lines = [*headers, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": body})

    return act
