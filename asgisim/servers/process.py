"""A server's process: started, awaited, stopped, whatever happens."""

from __future__ import annotations

import atexit
import errno
import functools
import importlib.util
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from asgisim.servers.base import Launch, Server, ServerError, ServerMissing
from asgisim.servers.certificate import certificate
from asgisim.servers.warden import VARIABLE, alive, warden
from asgisim.servers.work import Work

PACKAGE_FOLDER = str(Path(__file__).resolve().parents[2])
LOG_PART = 4 << 20  # bytes that are read of a log's beginning, and of its end
_ATTEMPTS = 5
_TICK = 0.01  # seconds between two looks at a server that is starting
_LATE = 20.0  # seconds more for a server that has work to do, and no turn on the processor
_RUNNING: weakref.WeakSet[Running] = weakref.WeakSet()


class Running:
    """A server that answers. A context manager; `stop` may be called any number of times.

    host, port: where it listens (host is empty and port 0 on a unix socket, whose path is uds). status:
    the exit status once stopped, else None.
    """

    def __init__(
        self, server: Server, launch: Launch, process: subprocess.Popen[bytes], folder: Path
    ) -> None:
        self.server = server
        self.launch = launch
        self.host = launch.host
        self.port = launch.port
        self.uds = launch.uds
        self.process = process
        self.started_in = 0.0
        self.folder = folder
        self.owner = os.getpid()
        self._log = ""
        self._stopped = False
        self._terminated = False

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``, or the path of the unix socket with ``unix:`` before it."""
        scheme = "https" if self.launch.cert else "http"
        return f"unix:{self.uds}" if self.uds else f"{scheme}://{self.host}:{self.port}"

    @property
    def pid(self) -> int:
        """The process that we started; some servers put workers below it."""
        return self.process.pid

    @property
    def status(self) -> int | None:
        """The exit status, None while it runs; negative for a signal, as in subprocess."""
        return self.process.poll() if not self._stopped else self.process.returncode

    @property
    def clean(self) -> bool:
        """Whether it has stopped with a status that means a clean stop."""
        return self.status in self.server.clean

    def address(self) -> Any:
        """What to hand to socket.connect."""
        return self.uds or (self.host, self.port)

    def log(self) -> str:
        """What the server wrote to standard output and error so far; of 8 MiB and more the two ends."""
        if not self._stopped:
            self._log = self._read_log()
        return self._log

    def _read_log(self) -> str:
        try:
            with open(self.folder / "log", "rb") as file:
                begin = file.read(LOG_PART)
                rest = os.fstat(file.fileno()).st_size - len(begin)
                if rest > LOG_PART:
                    file.seek(-LOG_PART, os.SEEK_END)
                    begin += b"\n... %d bytes are left out ...\n" % (rest - LOG_PART)
                return (begin + file.read(LOG_PART)).decode("utf-8", "replace")
        except OSError:
            return self._log

    def terminate(self) -> None:
        """Send SIGTERM, once: a second one means haste to some servers. `stop` does the rest."""
        if not self._terminated and self.process.poll() is None:
            _send(self.process.pid, signal.SIGTERM)
        self._terminated = True

    def ready(self) -> bool:
        """Whether it can be connected to, and has said so in its log where that is needed too."""
        pattern = self.server.ready
        return (not pattern or re.search(pattern, self.log()) is not None) and _connects(self)

    def stop(self, grace: float | None = None, meanwhile: Callable[[], object] | None = None) -> int:
        """End the server: SIGTERM, after `grace` seconds SIGKILL for its group. Returns the exit status.

        meanwhile is called again and again while we wait, for those who must answer the server's app.
        """
        if self._stopped:
            return self.process.returncode
        try:
            if self.process.poll() is None:
                self.terminate()
                self._wait(self.server.grace if grace is None else grace, meanwhile)
        finally:
            self._end()
        return self.process.returncode

    def _wait(self, seconds: float, meanwhile: Callable[[], object] | None) -> None:
        deadline = time.monotonic() + seconds
        with _Watch(self.process) as watch:
            while (left := deadline - time.monotonic()) > 0:
                if watch.ended(min(left, _TICK) if meanwhile else left):
                    return
                if meanwhile:
                    meanwhile()
            # It may not have had a turn on the processor, on a machine under load.
            late = deadline + _LATE
            while Work(self.pid).waiting() and time.monotonic() < late and not watch.ended(_TICK):
                if meanwhile:
                    meanwhile()

    def _end(self) -> None:
        """Leave nothing behind: the group, the log file, the entry at the warden."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except OSError:
            pass  # nobody is left, as it should be
        self.process.wait()
        deadline = time.monotonic() + 2.0
        # What was killed below the server's own process dies a little later and may hold the port until then.
        while alive(self.process.pid) and time.monotonic() < deadline:
            time.sleep(0.002)
        warden().forget(self.process.pid)
        self._log = self._read_log()
        self._stopped = True
        _RUNNING.discard(self)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Watch:
    """Waits for the end of a child without polling, where the system has file descriptors of processes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.fd: int | None = None
        opener = getattr(os, "pidfd_open", None)
        if opener is not None:
            try:
                self.fd = opener(process.pid)
            except OSError:
                pass

    def __enter__(self) -> _Watch:
        return self

    def __exit__(self, *_: object) -> None:
        if self.fd is not None:
            os.close(self.fd)

    def ended(self, seconds: float) -> bool:
        if self.fd is not None:
            # Not reaped here: the group's number must stay taken until the group has been ended.
            return bool(select.select([self.fd], [], [], seconds)[0])
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_TICK)
        return True


def launch(
    server: Server,
    app: str,
    *,
    python: str | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    loop: str | None = None,
    path: Iterable[str] = (),
    env: dict[str, str] | None = None,
    cwd: str | None = None,
    uds: bool = False,
    root_path: str = "",
    lifespan: bool = True,
    tls: bool = False,
    workers: int = 1,
    args: Sequence[str] = (),
    timeout: float = 30.0,
    meanwhile: Callable[[], object] | None = None,
    wait: bool = True,
) -> Running:
    """Start a server and wait until it is ready. Raises ServerError with the end of its log if it is not.

    port: 0 for one that is free. path: folders to put before PYTHONPATH. env: further environment
    variables. uds: on a unix socket. tls: with asgisim.servers.certificate. workers: processes that serve.
    timeout: seconds. meanwhile: called again and again while we wait, for those who must answer the app.
    wait: False to return at once, ready or not.
    """
    loop = loop or server.loops[0]
    if loop not in server.loops:
        raise ServerError(
            f"{server.name}: expected a loop out of {', '.join(server.loops)}, but got {loop!r}"
        )
    if python is None:
        require(server, loop)
    _offered(server, tls=tls, workers=workers > 1)
    settings = _Settings(
        *(loop, tuple(path), env, cwd, uds, root_path, lifespan, tls, workers, tuple(args), timeout),
        meanwhile=meanwhile,
        wait=wait,
    )
    takes_fd = server.takes_fd and (server.takes_fd_tls or not tls)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _launch(server, app, python or sys.executable, host, port, settings)
        except ServerError as error:
            # Only a server that can take neither a descriptor nor a shared port can lose the race for it.
            racing = not (takes_fd or server.reuses_port or uds or port)
            if attempt == _ATTEMPTS or not racing or not re.search("in use|EADDRINUSE", str(error)):
                raise
    raise AssertionError("the last attempt returns or raises")


@dataclass(frozen=True, slots=True)
class _Settings:
    loop: str
    path: tuple[str, ...]
    env: dict[str, str] | None
    cwd: str | None
    uds: bool
    root_path: str
    lifespan: bool
    tls: bool
    workers: int
    args: tuple[str, ...]
    timeout: float
    meanwhile: Callable[[], object] | None
    wait: bool


def _offered(server: Server, **wanted: bool) -> None:
    for name, asked in wanted.items():
        if asked and name not in server.can:
            raise ServerError(f"{server.name} offers no {name}")


def _launch(server: Server, app: str, python: str, host: str, wanted: int, settings: _Settings) -> Running:
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="asgisim-"))
    bound: socket.socket | None = None
    takes_fd = server.takes_fd and (server.takes_fd_tls or not settings.tls)
    try:
        port = 0
        if not settings.uds:
            bound = _bind(server, host, wanted)
            port = bound.getsockname()[1]
            if not (takes_fd or server.reuses_port):
                bound.close()  # the port is free for a moment: all that such a server allows
        made = certificate() if settings.tls else None
        described = Launch(
            *(app, python, "" if settings.uds else host, port),
            fd=bound.fileno() if bound is not None and takes_fd else None,
            uds=str(folder / "socket") if settings.uds else "",
            loop=settings.loop,
            root_path=settings.root_path,
            lifespan=settings.lifespan,
            cert=made.cert if made else "",
            key=made.key if made else "",
            workers=settings.workers,
            args=settings.args,
        )
        process = _spawn(server, described, folder, settings)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if bound is not None:
            bound.close()
        raise
    running = Running(server, described, process, folder)
    _RUNNING.add(running)
    try:
        if bound is not None and takes_fd:
            bound.close()  # the child has it now
        if settings.wait:
            _await_ready(running, begun + settings.timeout, settings.meanwhile)
    except BaseException:
        running.stop(grace=1.0, meanwhile=settings.meanwhile)
        raise
    finally:
        if bound is not None:
            bound.close()
    running.started_in = time.monotonic() - begun
    return running


def _bind(server: Server, host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Inherited by what is accepted. uvicorn takes a descriptor for a unix socket, and so leaves it out.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if server.reuses_port:
            # Bound but not listening: nobody else can take the port, and all connections go to the server.
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((host, port))
        if server.listens:
            bound.listen(128)
    except BaseException:
        bound.close()
        raise
    return bound


def command(server: Server, described: Launch) -> list[str]:
    """The command line, without what the release in another environment does not know yet."""
    words = server.command(described)
    younger = {word: server.younger[word] for word in words if word in server.younger}
    if described.python == sys.executable or words[1] != "-m":
        return words
    start = _started_by(described.python, words[2])
    words = [*start, *words[3:]]
    known = _help(start) if younger else frozenset()
    kept, skip = [], 0
    for word in words:
        if word in younger and word not in known:
            skip = 1 + younger[word]
        if skip:
            skip -= 1
        else:
            kept.append(word)
    return kept


@functools.cache
def _started_by(python: str, module: str) -> tuple[str, ...]:
    """How a server's program is run in another environment: old releases cannot be run by ``-m``."""
    script = Path(python).parent / module
    ask = f"import importlib.util, sys; sys.exit(importlib.util.find_spec('{module}.__main__') is None)"
    if script.exists() and subprocess.run([python, "-c", ask], check=False, capture_output=True).returncode:
        return python, str(script)
    return python, "-m", module


@functools.cache
def _help(start: tuple[str, ...]) -> frozenset[str]:
    """The options that a server's ``--help`` names."""
    asked = subprocess.run([*start, "--help"], capture_output=True, text=True, check=False, timeout=60)
    return frozenset(re.findall(r"--[a-z0-9-]+", asked.stdout + asked.stderr))


def _spawn(
    server: Server,
    described: Launch,
    folder: Path,
    settings: _Settings,
) -> subprocess.Popen[bytes]:
    keeper = warden()
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    folders = [*settings.path, *environment.get("PYTHONPATH", "").split(os.pathsep)]
    if described.python == sys.executable:
        folders.append(PACKAGE_FOLDER)
    environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(filter(None, folders)))
    environment.update(server.environment)
    environment.update(settings.env or {})
    environment[VARIABLE] = keeper.token
    with open(folder / "log", "wb") as log:
        try:
            process = subprocess.Popen(
                command(server, described),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=settings.cwd,
                pass_fds=(described.fd,) if described.fd is not None else (),
                start_new_session=True,  # a group of its own: Ctrl-C is ours to handle, and all end together
            )
        except OSError as error:
            raise ServerError(f"{server.name}: {described.python} cannot be run: {error}") from error
    keeper.watch(process.pid, str(folder))
    return process


def _await_ready(running: Running, deadline: float, meanwhile: Callable[[], object] | None) -> None:
    with _Watch(running.process) as watch:
        while True:
            if meanwhile:
                meanwhile()
            if watch.ended(_TICK):
                raise _failure(running, "it ended before it was ready")
            if running.ready():
                return
            over = time.monotonic() - deadline
            if over > _LATE or (over > 0 and not Work(running.pid).waiting()):
                raise _failure(running, "it was not ready in time")


def _connects(running: Running) -> bool:
    family = socket.AF_UNIX if running.uds else socket.AF_INET6 if ":" in running.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(running.address())
        except OSError as error:
            if error.errno in (errno.ECONNREFUSED, errno.ENOENT, errno.EAGAIN) or isinstance(
                error, TimeoutError
            ):
                return False
            raise
    return True


def _failure(running: Running, what: str) -> ServerError:
    log = running.log()
    missing = re.search(r"No module named '?([\w.]+)", log)
    modules = running.server.modules
    if missing and missing[1].split(".")[0] in {*modules, *running.server.loop_modules.values()}:
        return _missing(running.server, missing[1], running.launch.python)
    status = running.process.poll()
    end = "\n".join(log.splitlines()[-25:])
    return ServerError(f"{running.server.name}: {what} (exit status {status}). The end of its log:\n{end}")


def require(server: Server, loop: str) -> None:
    """Raise ServerMissing if a package that the server or the loop needs is not installed here."""
    names = [*server.modules, *filter(None, [server.loop_modules.get(loop)])]
    for name in names:
        if importlib.util.find_spec(name) is None:
            raise _missing(server, name, sys.executable)


def _missing(server: Server, module: str, python: str) -> ServerMissing:
    extra = "trio" if module == "trio" else server.extra
    return ServerMissing(
        f"{server.name} needs {module}, which is not installed for {python}. "
        f"Install it, for instance with: pip install 'asgisim[{extra}]'"
    )


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


@atexit.register
def _stop_all() -> None:
    for running in list(_RUNNING):
        if running.owner == os.getpid():  # not in a fork of ours
            running.stop(grace=2.0)
