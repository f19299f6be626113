"""A small ASGI server on anyio, h11 and wsproto: correct before fast.

``python -m asgisim.reference.server module:app`` serves HTTP/1.1 and WebSocket. It is an oracle beside the
servers under test and the parent of the server mutants, so each duty stands in a method of its own.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any

import anyio
from anyio.abc import TaskGroup

from asgisim.reference.http import Exchange
from asgisim.reference.lifespan import App, Lifespan, StartupFailed
from asgisim.reference.link import Link
from asgisim.reference.request import Head, Parser, Refused, scope
from asgisim.reference.tls import Terms, TlsLink
from asgisim.reference.websocket import Session

LOG = logging.getLogger("asgisim.reference")
IDLE = 5.0  # seconds that a connection may stay open without a request
GRACE = 2.0  # seconds that exchanges have to end when the server stops
LINGER = 1.0  # seconds for the client to read our last bytes


class Server:
    """Serves one application on one listening socket. Override the factories to make a faulty server."""

    link = Link
    parser = Parser
    exchange = Exchange
    session = Session
    lifespan = Lifespan

    def __init__(
        self,
        app: App,
        listener: socket.socket,
        *,
        root_path: str = "",
        lifespan: bool = True,
        tls: Terms | None = None,
    ) -> None:
        self.app = app
        self.listener = listener
        self.root_path = root_path
        self.use_lifespan = lifespan
        self.tls = tls
        self.state: dict[str, Any] | None = None
        self.stopping = anyio.Event()
        self._idle: set[anyio.CancelScope] = set()
        self._sessions: set[Session] = set()

    async def serve(self) -> None:
        """Serve until `stopping` is set. Raises StartupFailed."""
        async with anyio.create_task_group() as outer:
            life = self.lifespan(self.app) if self.use_lifespan else None
            if life is not None:
                await life.start(outer)
                self.state = life.state if life.stage == "running" else None
            self.listener.setblocking(False)
            self.listener.listen(512)
            await self._serve_until_stopped()
            if life is not None:
                await life.stop()
            outer.cancel_scope.cancel()

    async def _serve_until_stopped(self) -> None:
        async with anyio.create_task_group() as connections:
            async with anyio.create_task_group() as accepting:
                accepting.start_soon(self._accept_forever, connections)
                await self.stopping.wait()
                accepting.cancel_scope.cancel()
            self.listener.close()
            for scope_ in list(self._idle):
                scope_.cancel()
            for session in list(self._sessions):
                connections.start_soon(session.go_away)
            connections.cancel_scope.deadline = anyio.current_time() + GRACE

    async def _accept_forever(self, connections: TaskGroup) -> None:
        while True:
            await anyio.wait_readable(self.listener)
            try:
                sock, _ = self.listener.accept()
            except OSError:
                await anyio.sleep(0.01)  # it has left already, or we are out of descriptors
                continue
            connections.start_soon(self._connection, sock)

    async def _connection(self, sock: socket.socket) -> None:
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = TlsLink(sock, self.tls) if self.tls else self.link(sock)
        try:
            async with anyio.create_task_group() as apps:
                async with anyio.create_task_group() as reading:
                    reading.start_soon(link.read_forever)
                    await self._exchanges(link, apps)
                    link.finish()
                    if not link.broken:
                        await link.drain(LINGER)
                    reading.cancel_scope.cancel()
                link._leave()
        finally:
            sock.close()

    async def _exchanges(self, link: Link, apps: TaskGroup) -> None:
        while not link.finished:
            parser = self.parser(link)
            head = None
            idle = anyio.move_on_after(IDLE)
            self._idle.add(idle)
            try:
                with idle:
                    head = await parser.head()
            except Refused as refused:
                await self._refuse(link, parser, refused)
                return
            finally:
                self._idle.discard(idle)
            if head is None or self.stopping.is_set():
                return
            made = self.scope(head, link)
            if head.websocket:
                session = self.session(link, parser, head, made)
                self._sessions.add(session)
                try:
                    await session.run(self.app)
                finally:
                    self._sessions.discard(session)
                return
            exchange = self.exchange(link, parser, head, made)
            apps.start_soon(exchange.run, self.app)
            await exchange.response.complete.wait()
            if not await exchange.reusable():
                return
            parser.give_back()

    def scope(self, head: Head, link: Link) -> dict[str, Any]:
        """The scope of a request on this connection."""
        tls = link.scope() if isinstance(link, TlsLink) else None
        return scope(head, *self._addresses(link.sock), self.root_path, self.state, tls)

    async def _refuse(self, link: Link, parser: Parser, refused: Refused) -> None:
        LOG.info("refused: %s", refused)
        head = Head("GET", "1.1", b"", b"", [])
        reason = self.exchange.answer(link, parser, head)
        await reason.error(refused.status, refused.headers)

    def _addresses(self, sock: socket.socket) -> tuple[Any, Any]:
        """client and server as the scope has them."""
        try:
            own, peer = sock.getsockname(), sock.getpeername()
        except OSError:
            return None, None
        if sock.family == socket.AF_UNIX:
            return None, (own, None)
        return (peer[0], peer[1]), (own[0], own[1])


def load(name: str) -> App:
    """The application ``module:attribute``."""
    module, _, attribute = name.partition(":")
    value: Any = importlib.import_module(module)
    for part in (attribute or "app").split("."):
        value = getattr(value, part)
    loaded: App = value
    return loaded


def bind(options: argparse.Namespace) -> socket.socket:
    """The socket that the options ask for, not yet listening."""
    if options.fd is not None:
        return socket.socket(fileno=options.fd)
    if options.uds:
        made = socket.socket(socket.AF_UNIX)
        made.bind(options.uds)
        return made
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((options.host, options.port))
    return made


async def run(server: Server) -> None:
    """Serve until SIGTERM or SIGINT."""
    async with anyio.create_task_group() as group:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            group.start_soon(server.serve)

            async def stop_at_signal() -> None:
                async for _ in signals:
                    server.stopping.set()
                    return

            await stop_at_signal()


def main(arguments: Sequence[str] | None = None, kind: type[Server] = Server) -> int:
    """The command. Returns the exit status: 0, or 3 if the application's startup failed."""
    parser = argparse.ArgumentParser(prog="python -m asgisim.reference.server", description=__doc__)
    parser.add_argument("app", help="module:attribute")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--fd", type=int, help="a bound socket")
    parser.add_argument("--uds", help="the path of a unix socket")
    parser.add_argument("--loop", choices=("asyncio", "uvloop", "trio"), default="asyncio")
    parser.add_argument("--lifespan", choices=("auto", "off"), default="auto")
    parser.add_argument("--root-path", default="")
    parser.add_argument("--certfile", help="serve TLS: a certificate with its chain, as PEM")
    parser.add_argument("--keyfile", help="its key")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    app = load(options.app)
    terms = Terms(options.certfile, options.keyfile) if options.certfile else None
    listener = bind(options)
    backend = "trio" if options.loop == "trio" else "asyncio"
    settings = {"use_uvloop": True} if options.loop == "uvloop" else {}

    async def serve() -> int:
        lifespan = options.lifespan == "auto"
        server = kind(app, listener, root_path=options.root_path, lifespan=lifespan, tls=terms)
        try:
            await run(server)
        except BaseExceptionGroup as group:
            failed = group.subgroup(StartupFailed)
            if failed is None:
                raise
            LOG.error("the app's startup failed: %s", _first(failed))
            return 3
        return 0

    return anyio.run(serve, backend=backend, backend_options=settings)


def _first(group: BaseExceptionGroup[Any]) -> BaseException:
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


if __name__ == "__main__":
    sys.exit(main())
