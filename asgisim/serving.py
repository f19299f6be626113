"""`asgisim.serve`: a real server around a test.

``with asgisim.serve(app) as server: httpx.get(server.url)``. The socket is bound before the server starts,
so that no port is raced for; what the server logged stands in the error if it does not start.
"""

from __future__ import annotations

import os
import socket
import sys
from types import TracebackType
from typing import Any

import anyio

from asgisim.servers import Running, Server, ServerError, find, start, thread
from asgisim.servers.process import require


class Serving:
    """A server for an app, started by ``with`` or ``async with`` and stopped at its end.

    app: ``module:attribute``, for a process of its own; or the app itself, for a thread of this process where
    the server allows that (uvicorn, hypercorn, reference), else for a process if it can be imported.
    server: a name as for ``asgisim fuzz --server``, with ``@loop`` if wanted. timeout: seconds until it has
    to be ready. Raises ServerError (with the end of the server's log), ServerMissing.
    """

    def __init__(
        self,
        app: Any,
        server: str | Server = "uvicorn",
        *,
        loop: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        root_path: str = "",
        lifespan: bool = True,
        timeout: float = 30.0,
        env: dict[str, str] | None = None,
        args: tuple[str, ...] = (),
    ) -> None:
        if not (isinstance(app, str) or callable(app)):
            raise TypeError(f"expected an app or 'module:attribute', but got {type(app).__name__}")
        self.app = app
        self.server, named = (server, None) if isinstance(server, Server) else find(server)
        self.loop = loop or named or self.server.loops[0]
        if self.loop not in self.server.loops:
            loops = ", ".join(self.server.loops)
            raise ServerError(f"{self.server.name}: expected a loop out of {loops}, but got {self.loop!r}")
        self.host, self.wanted_port = host, port
        self.root_path, self.lifespan, self.timeout = root_path, lifespan, timeout
        self.env, self.args = env, args
        self._running: Running | thread.Threaded | None = None

    @property
    def status(self) -> int | None:
        """The exit status of a server in a process of its own that has ended; None while it runs."""
        return self.running.status if isinstance(self.running, Running) else None

    @property
    def running(self) -> Running | thread.Threaded:
        """The server itself. Raises ServerError if it was not started."""
        if self._running is None:
            raise ServerError("the server was not started: use 'with' or start()")
        return self._running

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self.running.port

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``, without a slash at the end."""
        return self.running.url

    @property
    def ws_url(self) -> str:
        """``ws://127.0.0.1:PORT``, without a slash at the end."""
        return "ws" + self.running.url.removeprefix("http")

    def log(self) -> str:
        """What the server has written or logged so far."""
        return self.running.log()

    def start(self) -> Serving:
        """Start the server and wait until it is ready."""
        if self._running is not None:
            raise ServerError(f"{self.server.name} was started already")
        self._running = self._in_thread() if self.in_thread else self._in_process()
        return self

    def stop(self) -> None:
        """Stop it, within bounds; may be called any number of times."""
        if self._running is not None:
            self._running.stop()

    @property
    def in_thread(self) -> bool:
        """Whether it runs in a thread of this process, not in a process of its own."""
        return not isinstance(self.app, str) and thread.can(self.server) and not (self.env or self.args)

    def _in_thread(self) -> thread.Threaded:
        require(self.server, self.loop)
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            listener.bind((self.host, self.wanted_port))
        except BaseException:
            listener.close()
            raise
        job = thread.Job(self.app, listener, self.server.name, self.loop, self.root_path, self.lifespan)
        return thread.Threaded(self.server, job, self.timeout)

    def _in_process(self) -> Running:
        name = self.app if isinstance(self.app, str) else _name_of(self.app, self.server.name)
        return start(
            self.server,
            name if ":" in name else f"{name}:app",
            loop=self.loop,
            host=self.host,
            port=self.wanted_port,
            root_path=self.root_path,
            lifespan=self.lifespan,
            timeout=self.timeout,
            env=self.env,
            args=self.args,
            path=_folders(),
        )

    def __enter__(self) -> Serving:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Starting and stopping wait, so they happen beside the caller's loop, which the app may depend on.
    async def __aenter__(self) -> Serving:
        return await anyio.to_thread.run_sync(self.start)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await anyio.to_thread.run_sync(self.stop)


serve = Serving  # the name that users write


def _name_of(app: Any, server: str) -> str:
    """``module:attribute`` of an app that another process can import. Raises ServerError for others."""
    module, name = getattr(app, "__module__", ""), getattr(app, "__qualname__", "")
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is not app or module == "__main__":
        raise ServerError(
            f"{server} runs in a process of its own, which cannot import this app object; "
            "expected 'module:attribute', or one of the servers that run in a thread: "
            "uvicorn, hypercorn, reference (without env and args)"
        )
    return f"{module}:{name}"


def _folders() -> list[str]:
    """Where this process finds modules, but for what every process of this interpreter finds by itself."""
    own = (sys.prefix, sys.base_prefix)
    return [os.getcwd(), *(one for one in sys.path if one and not one.startswith(own))]
