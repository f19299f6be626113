"""The reference server, or a mutant of it, in a thread of this process: started in a millisecond.

It stands where a process stands to the campaign: what a Session asks of asgisim.servers.Running is here.
"""

from __future__ import annotations

import asyncio
import io
import logging
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

import anyio

from asgisim.drive.puppet import VARIABLE, app, close_idle
from asgisim.drive.wire.controller import Controller
from asgisim.drive.wire.hub import Hub
from asgisim.drive.wire.play import Session, _LifespanRun
from asgisim.drive.wire.record import Record
from asgisim.drive.wire.script import WireScenario
from asgisim.reference.lifespan import StartupFailed
from asgisim.reference.server import Server
from asgisim.reference.tls import Terms
from asgisim.servers import SERVERS
from asgisim.servers.certificate import certificate
from asgisim.servers.work import Work
from asgisim.wire.target import Target

KILLED = -9
Kind = type[Server]


class Running:
    """A server in a thread. `process` is itself, as far as a process is asked for."""

    def __init__(self, kind: Kind) -> None:
        self.folder = tempfile.mkdtemp() if getattr(kind, "unix", False) else ""
        self.listener = socket.socket(socket.AF_UNIX if self.folder else socket.AF_INET)
        if self.folder:
            self.listener.bind(f"{self.folder}/socket")
        else:
            self.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.listener.bind(("127.0.0.1", 0))
        self._family = self.listener.family
        self._address: Any = self.listener.getsockname()
        self.kind = kind
        self.returncode: int | None = None
        self.process = self
        self.terminated = False
        self._text = io.StringIO()
        self._handler = logging.StreamHandler(self._text)
        self._handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
        self._server: Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._thread = threading.Thread(target=self._main, daemon=True)
        logger = logging.getLogger("asgisim.reference")
        logger.addHandler(self._handler)
        logger.propagate = False
        self._thread.start()
        self.work = Work(os.getpid(), self._thread.native_id)

    def _main(self) -> None:
        try:
            status = anyio.run(self._serve)
        except BaseException as error:  # whatever ends a server is told by its status
            self._text.write(f"ERROR: {type(error).__name__}: {error}\n")
            status = 1
        self.listener.close()
        self.returncode = KILLED if self.returncode == KILLED else status

    async def _serve(self) -> int:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        tls = Terms(certificate().cert, certificate().key) if getattr(self.kind, "secure", False) else None
        mount = getattr(self.kind, "mount", "")
        self._server = self.kind(app, self.listener, root_path=mount, tls=tls)
        try:
            await self._server.serve()
        except BaseExceptionGroup as group:
            failed = group.subgroup(StartupFailed)
            if failed is None:
                raise
            error: BaseException = failed
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            logging.getLogger("asgisim.reference").error("the app's startup failed: %s", error)
            return 3
        return 0

    def poll(self) -> int | None:
        return self.returncode

    @property
    def status(self) -> int | None:
        return self.returncode

    def address(self) -> Any:
        return self._address

    def log(self) -> str:
        return self._text.getvalue()

    def ready(self) -> bool:
        with socket.socket(self._family) as probe:
            probe.settimeout(1.0)
            return probe.connect_ex(self.address()) == 0

    def terminate(self) -> None:
        if not self.terminated and self._loop is not None and self._server is not None and self._alive():
            self._loop.call_soon_threadsafe(self._server.stopping.set)
        self.terminated = True

    def _alive(self) -> bool:
        return self.returncode is None and self._thread.is_alive()

    def stop(self, grace: float = 4.0, meanwhile: Callable[[], object] | None = None) -> int:
        self.terminate()
        self._join(grace, meanwhile)
        if self._alive() and self._loop is not None and self._task is not None:
            self.returncode = KILLED
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._join(2.0, meanwhile)
        logging.getLogger("asgisim.reference").removeHandler(self._handler)
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        return KILLED if self.returncode is None else self.returncode

    def _join(self, seconds: float, meanwhile: Callable[[], object] | None) -> None:
        deadline = time.monotonic() + seconds
        while self._thread.is_alive() and time.monotonic() < deadline:
            self._thread.join(0.002)
            if meanwhile is not None:
                meanwhile()


class ThreadSession(Session):
    """A session with a server in a thread."""

    def __init__(self, kind: Kind, own_lifespan: bool = False) -> None:
        self.hub = Hub()
        if getattr(kind, "secure", False):
            self._tls = certificate().client()
        self.own_lifespan = own_lifespan
        self.controller = Controller(self.hub, lifespan=not own_lifespan)
        self._before = os.environ.get(VARIABLE)
        os.environ[VARIABLE] = self.controller.address
        self.root_path = getattr(kind, "mount", "")
        self.running: Any = Running(kind)
        self.hub.other = self.running.work
        if not own_lifespan:
            self.hub.until_polled(lambda: self.running.returncode is not None or self.running.ready(), 5.0)

    def stop(self) -> None:
        super().stop()
        close_idle()
        os.environ.pop(VARIABLE, None)
        if self._before is not None:
            os.environ[VARIABLE] = self._before


class ThreadTarget(Target):
    """A mutant for the campaign."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(SERVERS["reference"])
        self.kind = kind

    def run(self, scenario: WireScenario) -> Record:
        if scenario.lifespan:
            self.stop()  # the puppet knows one controller at a time
            with ThreadSession(self.kind, own_lifespan=True) as session:
                return _LifespanRun(session, scenario).play()
        if scenario.served:
            self.stop()
            names = {"root_path": "mount", "tls": "secure", "uds": "unix"}
            how = {names[key]: value for key, value in scenario.served.items()}
            with ThreadSession(type(self.kind.__name__, (self.kind,), how)) as session:
                return session.run(scenario)
        if self._session is not None and self._session.running.status is not None:
            self.stop()
        if self._session is None:
            self._session = ThreadSession(self.kind)
        return self._session.run(scenario)
