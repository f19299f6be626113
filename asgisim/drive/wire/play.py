"""Plays a wire scenario against a server with the puppet inside."""

from __future__ import annotations

import ssl
from types import TracebackType
from typing import TYPE_CHECKING, Any

from asgisim.drive.puppet import VARIABLE
from asgisim.drive.wire.client import Client
from asgisim.drive.wire.collecting import uncollected
from asgisim.drive.wire.controller import Controller
from asgisim.drive.wire.course import Course, Taken
from asgisim.drive.wire.hub import Hub
from asgisim.drive.wire.record import LIFESPAN, STOPPING, Record
from asgisim.drive.wire.script import Step, WireScenario
from asgisim.drive.wire.secure import Secure
from asgisim.model.trace import NOTE, RAISE, RETURN, SCOPE, SEND
from asgisim.servers import Running, Server, ServerError, start
from asgisim.servers.certificate import certificate
from asgisim.servers.work import Work

if TYPE_CHECKING:
    from asgisim.drive.wire.http2 import Link

PUPPET = "asgisim.drive.puppet:app"
ENDED = 3.0  # seconds that a server has to end by itself, once that is its turn
READY = 10.0  # seconds that a server has to start, or to call the lifespan


class Session:
    """A server with the puppet inside, ready for any number of runs. A context manager.

    server: a name, or a Server. python: the interpreter of another environment. The other options are those
    of asgisim.servers.start. own_lifespan: the scenario answers the lifespan calls, and the server may not
    be ready yet when this returns. answers: whether the controller does, else the app inside.
    """

    _tls: ssl.SSLContext | None = None  # what a client needs, where the server has TLS
    _tls_http2: ssl.SSLContext | None = None
    inside = PUPPET  # what the server is given as its app
    root_path = ""  # under which the server was told that the app is mounted
    past: frozenset[str] = frozenset()  # our ports in the run before, from which a call may still come

    def __init__(
        self,
        server: str | Server,
        *,
        python: str | None = None,
        own_lifespan: bool = False,
        answers: bool = True,
        **options: Any,
    ) -> None:
        self.hub = Hub()
        self.own_lifespan = own_lifespan
        if options.get("tls"):
            self._tls, self._tls_http2 = certificate().client(), certificate().client(("h2",))
        self.controller = Controller(self.hub, lifespan=answers and not own_lifespan)
        path = [self.controller.folder()] if python else []
        path += options.pop("path", ())
        env = {VARIABLE: self.controller.address, **(options.pop("env", None) or {})}
        try:
            self.running: Running = start(
                server,
                self.inside,
                python=python,
                path=path,
                env=env,
                meanwhile=self.hub.pump,
                wait=not own_lifespan,
                **options,
            )
        except BaseException:
            self.controller.close()
            raise
        self.hub.other = Work(self.running.pid)
        self.root_path = self._mounted(options.get("root_path", ""))
        if not own_lifespan and "lifespan" in self.running.server.can and options.get("workers", 1) > 1:
            self._await_workers(options["workers"])

    def _mounted(self, root_path: str) -> str:
        """What the server was told: an old release may know of no such option."""
        words: Any = self.running.process.args
        return root_path if root_path in words else ""

    def _await_workers(self, count: int) -> None:
        """The first process that listens makes the server ready: here all have to be up."""
        begun = self.controller.lifespans
        if not self.hub.until(lambda: len({call.pid for call in begun}) >= count, READY):
            log = self.running.log()[-2000:]
            self.stop()
            raise ServerError(f"{len(begun)} of {count} workers were ready in {READY} s. Its log:\n{log}")

    def connect(self) -> Client:
        """A new connection. Raises OSError."""
        secure = Secure(self._tls) if self._tls else None
        return Client(self.hub, self.running.address(), secure=secure)

    def connect_http2(self) -> Link:
        """A new connection that speaks HTTP/2: by ALPN over TLS, else as known before. Raises OSError."""
        from asgisim.drive.wire.http2 import Link

        secure = Secure(self._tls_http2) if self._tls_http2 else None
        return Link(self.hub, self.running.address(), secure=secure)

    @uncollected
    def run(self, scenario: WireScenario) -> Record:
        """Play one scenario and return what happened on both sides."""
        if scenario.http2:
            from asgisim.drive.wire.streams import StreamsCourse

            return StreamsCourse(self, scenario).play()
        played = Course(self, scenario).play()
        played.root_path = self.root_path
        return played

    def stop(self) -> None:
        """Stop the server and let the puppet go."""
        try:
            self.running.stop(meanwhile=self.hub.pump)
        finally:
            self.controller.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def run(scenario: WireScenario, server: str | Server | Session, **options: Any) -> Record:
    """Play a scenario on a session, or on a server that is started for it and stopped after it."""
    if isinstance(server, Session):
        return server.run(scenario)
    options |= scenario.served
    if scenario.lifespan:
        with Session(server, own_lifespan=True, **options) as session:
            return _LifespanRun(session, scenario).play()
    with Session(server, **options) as session:
        return session.run(scenario)


class _LifespanRun(Course):
    """A run with a server of its own, whose lifespan call the scenario answers. Its exchange is LIFESPAN."""

    def __init__(self, session: Session, scenario: WireScenario) -> None:
        super().__init__(session, scenario)
        self._lifespan: Taken | None = None
        self._awaited = False  # whether the server is ready

    def do(self, steps: list[Step]) -> None:
        who = steps[0].who
        if who == "lifespan":
            self._on_lifespan(steps)
            return
        if not self._awaited and (self._lifespan is None or self._answered()):
            self._awaited = True
            running = self.session.running
            if not self.hub.until_polled(
                lambda: running.process.poll() is not None or running.ready(), READY
            ):
                self._fact("not-ready", f"the server was not ready within {READY} s")
        if who == "server":
            self.session.running.terminate()
            self._add(NOTE, STOPPING, LIFESPAN)
        else:
            super().do(steps)

    def _answered(self) -> bool:
        """Whether the lifespan call has been answered: before that nobody can expect to be served."""
        kinds = (SEND, RETURN, RAISE)
        return any(step.exchange == LIFESPAN and step.kind in kinds for step in self.record.app)

    def _on_lifespan(self, steps: list[Step]) -> None:
        if self._lifespan is None:
            calls = self.session.controller.calls
            if not self.hub.until(lambda: calls, READY):
                self._fact("no-call", "no lifespan call came")
                return
            self._lifespan = Taken(calls.popleft(), LIFESPAN)
            self._add(SCOPE, self._lifespan.call.scope, LIFESPAN, self._lifespan.call.time)
        if steps[0].act != "called":
            self._obey(self._lifespan, steps)

    def _died(self) -> bool:
        return False  # that it ends, and how, is what such a scenario looks at

    def finish(self) -> None:
        if self._lifespan is not None:
            self._drain(self._lifespan)
            call = self._lifespan.call
            if not call.ended and not call.busy:
                self._add(NOTE, "the scenario is over", LIFESPAN)
                call.order("return")
        super().finish()
        running = self.session.running
        bound = ENDED if self._must_end() else 0.2
        ended = self.hub.until_polled(lambda: running.process.poll() is not None, bound)
        status = running.stop(meanwhile=self.hub.pump)
        if self._lifespan is not None:
            self._drain(self._lifespan)
        lifespans = self.session.controller.lifespans
        for call in lifespans[1:]:
            if call.pid == lifespans[0].pid:
                self._fact("more-lifespans", f"another in {call.info['thread']!r}")
        self._fact("exit", f"{'by itself' if ended else 'when stopped'}, status {status}")
        self.record.log = running.log()

    def _must_end(self) -> bool:
        """Whether the server was told to stop, or the app has told it of a failure."""
        if self._lifespan is not None and self._lifespan.call.ended == "lost":
            self._fact("lifespan-lost", "the process of the lifespan call is gone")
        return any(
            step.data == STOPPING or (isinstance(step.data, dict) and _failed(step.data.get("type")))
            for step in self.record.app
            if step.exchange == LIFESPAN and step.kind in (NOTE, SEND)
        )


def _failed(kind: Any) -> bool:
    return kind in ("lifespan.startup.failed", "lifespan.shutdown.failed")
