"""A server in a thread of this process: for an app that a test has at hand as an object.

Only servers that can be stopped from outside and take a bound socket run so: uvicorn, hypercorn and the
reference server. The thread has an event loop of its own.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

import anyio

from asgisim.servers.base import Server, ServerError

_TICK = 0.002  # seconds between two looks at a server that is starting


@dataclass(frozen=True, slots=True)
class Job:
    """What a server in a thread is given. stack: the server's full name. loop: as in Server.loops."""

    app: Any
    listener: socket.socket
    stack: str
    loop: str
    root_path: str
    lifespan: bool


# A server's `begin` returns the coroutine function that serves, and the function that asks it to stop,
# which is called in the server's own loop.
Begun = tuple[Callable[[], Awaitable[object]], Callable[[], object]]


def _uvicorn(job: Job) -> Begun:
    import uvicorn

    _, http, websocket = job.stack.split("-", 2)
    config: Any = uvicorn.Config(
        job.app,
        http=http,
        ws=websocket,
        interface="asgi3",
        lifespan="auto" if job.lifespan else "off",
        root_path=job.root_path,
        log_config=None,  # the test's own logging stays as it is
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)

    async def serve() -> None:
        await server.serve(sockets=[job.listener])

    def stop() -> None:
        server.should_exit = True

    return serve, stop


def _hypercorn(job: Job) -> Begun:
    import hypercorn.config

    config = hypercorn.config.Config()
    config.bind = [f"fd://{os.dup(job.listener.fileno())}"]  # hypercorn closes what it is given
    config.root_path = job.root_path
    config.graceful_timeout = 2
    config.errorlog = logging.getLogger("hypercorn.error")
    stopping = anyio.Event()

    async def serve() -> None:
        name = "trio" if job.loop == "trio" else "asyncio"
        run: Any = importlib.import_module(f"hypercorn.{name}").serve
        await run(job.app, config, shutdown_trigger=stopping.wait, mode="asgi")

    return serve, stopping.set


def _reference(job: Job) -> Begun:
    from asgisim.reference.server import Server as Reference

    server = Reference(job.app, job.listener, root_path=job.root_path, lifespan=job.lifespan)
    return server.serve, server.stopping.set


_BEGIN: dict[str, Callable[[Job], Begun]] = {
    "uvicorn": _uvicorn,
    "hypercorn": _hypercorn,
    "reference": _reference,
}
_LOGGERS = {"uvicorn": "uvicorn", "hypercorn": "hypercorn", "reference": "asgisim.reference"}


def can(server: Server) -> bool:
    """Whether this server can run in a thread."""
    return _kind(server) in _BEGIN


def _kind(server: Server) -> str:
    return server.name.split("-", 1)[0]


class Threaded:
    """A server that answers, in a thread of this process. Has what `Running` has of use to a test."""

    def __init__(self, server: Server, job: Job, timeout: float) -> None:
        self.server = server
        self.host, self.port = job.listener.getsockname()[:2]
        self._log = _Log(_LOGGERS[_kind(server)])
        # How to have a function called in the server's loop, and the two functions to call.
        self._loop: Future[tuple[Soon, Callable[[], object], Callable[[], object]]] = Future()
        self._ended: Future[None] = Future()
        self._startup = _Startup(job.app)
        self._thread = threading.Thread(
            target=self._run,
            args=(replace(job, app=self._startup),),
            name=f"asgisim {server.name} {self.port}",
            daemon=True,
        )
        self._log.open()
        self._thread.start()
        try:
            self._await_ready(time.monotonic() + timeout)
        except BaseException:
            self._leave(1.0)
            raise

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def log(self) -> str:
        """What the server has logged so far, as far as the levels of its loggers let it through."""
        return self._log.text()

    def stop(self, grace: float | None = None) -> None:
        """Stop the server and wait for its end. Raises ServerError if it does not end in time.

        grace: seconds, the server's own by default. May be called any number of times.
        """
        self._leave(self.server.grace if grace is None else grace)
        if self._thread.is_alive():
            raise ServerError(f"{self.server.name} did not stop; a thread cannot be ended from outside")

    def _run(self, job: Job) -> None:
        options = {"use_uvloop": True} if job.loop == "uvloop" else {}
        try:
            backend = "trio" if job.loop == "trio" else "asyncio"
            anyio.run(self._serve, job, backend=backend, backend_options=options)
        except BaseException as error:  # told by whoever waits
            self._ended.set_exception(error)
        else:
            self._ended.set_result(None)
        finally:
            job.listener.close()

    async def _serve(self, job: Job) -> None:
        serve, stop = _BEGIN[_kind(self.server)](job)
        with anyio.CancelScope() as scope:
            self._loop.set_result((_soon(job.loop), stop, scope.cancel))
            await serve()

    def _await_ready(self, deadline: float) -> None:
        while not self._ended.done():
            if self._connects() and not self._startup.failed:
                return
            if time.monotonic() > deadline:
                raise ServerError(f"{self.server.name}: it was not ready in time.{self._end_of_log()}")
            time.sleep(_TICK)
        error = self._ended.exception()
        raise ServerError(f"{self.server.name}: {_told(error)}.{self._end_of_log()}") from error

    def _end_of_log(self) -> str:
        end = "\n".join(self.log().splitlines()[-25:])
        return f" The end of its log:\n{end}" if end else ""

    def _connects(self) -> bool:
        with socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET) as probe:
            probe.settimeout(1.0)
            return probe.connect_ex((self.host, self.port)) == 0

    def _leave(self, grace: float) -> None:
        """Ask it to stop; then cancel it; wait for the thread, but not for ever."""
        self._log.close()
        if not self._thread.is_alive():
            return
        soon, stop, cancel = self._loop.result(timeout=grace)
        for call in (stop, cancel):
            try:
                soon(call)
            except RuntimeError:
                pass  # the loop has ended meanwhile
            self._thread.join(grace)


class _Startup:
    """The app, and whether it has refused to start: some servers take connections for a moment after that."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.failed = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        if scope["type"] != "lifespan":
            return await self._app(scope, receive, send)

        async def watched(event: Any) -> None:
            self.failed = self.failed or event["type"] == "lifespan.startup.failed"
            await send(event)

        return await self._app(scope, receive, watched)


def _told(error: BaseException | None) -> str:
    """Why a server ended before it was ready, in a line; what a task group wraps is unwrapped."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    if error is None:
        return "it ended before it was ready"
    if isinstance(error, SystemExit):
        return f"it left with status {error.code} before it was ready"
    return f"it ended before it was ready: {type(error).__name__}: {error}".rstrip(". ")


Soon = Callable[[Callable[[], object]], object]


def _soon(loop: str) -> Soon:
    """What has a function called in the running loop, from any thread, without waiting for it."""
    if loop == "trio":
        import trio

        return trio.lowlevel.current_trio_token().run_sync_soon
    return asyncio.get_running_loop().call_soon_threadsafe


class _Log(logging.Handler):
    """Keeps what a server logs while it starts and runs."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._logger = logging.getLogger(name)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self._lines.append(self.format(record))

    def text(self) -> str:
        """The lines so far."""
        return "\n".join(self._lines)

    def open(self) -> None:
        """Listen from now on."""
        self._logger.addHandler(self)

    def close(self) -> None:
        """Leave the logger as it was."""
        self._logger.removeHandler(self)
        super().close()
