"""One call of an app as a test client makes it: the server's side of HTTP, live and judged.

Unlike the simulator this runs in real time, on the caller's event loop (asyncio or trio), and answers to a
client that is code, not a script. WebSocket stands in ``session.py``, lifespan in
``living.py``.
"""

from __future__ import annotations

import contextvars
from collections import deque
from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from asgisim.client.waiting import Bell, Task, bell
from asgisim.drive.sim import ClientGone
from asgisim.drive.sim.chains import await_chain
from asgisim.drive.sim.snapshot import raised
from asgisim.judge import BrokenRules, Finding, Report, Watch, is_fault
from asgisim.judge.coverage import Place
from asgisim.lint import unwalked
from asgisim.model import trace as t
from asgisim.model.trace import Step, Trace
from asgisim.report import text
from asgisim.report.model import Item
from asgisim.spec.editions import edition as read_edition
from asgisim.spec.rules import Party

BUFFER_BYTES = 65536  # sent and not yet read by the client, beyond which send waits
BUFFER_EVENTS = 16
# Told by the exception itself, or the answer that the test looks at anyway.
_SEEN_BY_THE_TEST = ("robust.crash", "robust.server-error")


@dataclass(slots=True)
class Settings:
    """What all calls of a client share, and where their verdicts gather.

    untold: what was to be raised while another exception was on its way. open: calls that still run.
    """

    app: Callable[[Any, Any, Any], Awaitable[Any]]
    on_finding: str = "raise"
    raise_app_exceptions: bool = True
    edition: str | None = None
    grace: float = 1.0
    context: contextvars.Context | None = None
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    untold: list[BaseException] = field(default_factory=list)
    open: set[Call] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.on_finding not in ("raise", "collect", "off"):
            raise ValueError(f"expected raise, collect or off, but got on_finding={self.on_finding!r}")
        if self.edition is not None:
            read_edition(self.edition)


class Call:
    """One call of the app in a task of its own: what it was given, what it sent, how it ended.

    scope: as given. watch: the judge, who keeps the timeline too; None in a client that does not judge.
    error: what the app raised, other than the server's own errors. gone: the client has left. broken: a rule
    was broken, in a client that raises for it.
    """

    protocol = ""
    error: BaseException | None = None
    begun = False
    complete = False
    gone = False
    told = False  # the app knows that its client has gone: what it raises then is its own affair
    ended = False
    returned = False
    abandoned = False
    held = False  # the app waits in send until the client has read more
    unusable = ""
    late = 0
    _cancelled = False
    _counted = 0
    _told = False
    _task: Task | None = None
    _coro: Any = None

    def __init__(self, settings: Settings, scope: dict[str, Any]) -> None:
        self.settings = settings
        self.scope = scope
        self.watch: Watch | None = None
        if settings.on_finding != "off":
            forced = None if settings.edition is None else read_edition(settings.edition)
            self.watch = Watch(scope, forced, live=True)
        self.faults: list[Finding] = []
        self._bell: Bell = bell()
        self.inbox: deque[dict[str, Any]] = deque()

    @property
    def trace(self) -> Trace:
        """What happened, for reports; empty in a client that does not judge."""
        return Trace([Step(*step) for step in self.watch.steps] if self.watch is not None else [])

    @property
    def broken(self) -> bool:
        """Whether a rule was broken, in a client that raises for it."""
        return bool(self.faults) and self.settings.on_finding == "raise"

    # The task

    def start(self) -> None:
        """Call the app, in a context of its own."""
        given = self.settings.context
        context = contextvars.Context() if given is None else given.copy()
        self.settings.open.add(self)
        self._task = self._bell.spawn(self._run, context)

    async def _run(self) -> None:
        try:
            self._coro = self.settings.app(self.scope, self.receive, self.send)
            value = await self._coro
        except self._bell.cancelled as error:
            if not self._cancelled:
                self._cancelled = True
                if self.watch is not None:
                    self.watch.cancelled("the event loop ends, or the app cancelled itself")
                self.error = RuntimeError("the app's call was cancelled, and not by its client")
                self.error.__cause__ = error
            raise
        except BaseException as error:
            self._raised(error)
        else:
            self.returned = True
            if self.watch is not None:
                self.watch.returned(value)
        finally:
            self.ended = True
            self._coro = None
            self.settings.open.discard(self)
            self._look()
            if Place.coverage is not None and self.watch is not None:
                Place.coverage.take(self.watch)
            self.wake()

    def _raised(self, error: BaseException) -> None:
        data = raised(error, lambda leaf: isinstance(leaf, ClientGone))
        if self.watch is not None:
            self.watch.raised(data)
        if data["own"]:
            return
        self.settings.errors.append(error)
        if not (data.get("chained") or self.told or self._cancelled):
            self.error = error

    def where(self) -> list[str]:
        """Where the app waits, innermost last: the frames of its own."""
        lines = await_chain(self._coro) if self._coro is not None else []
        ours = (n for n, line in enumerate(lines) if line.endswith(("Call.receive", "Call.send")))
        return lines[: next(ours, len(lines))]

    def waits(self) -> str:
        """``; it waits at FRAME > FRAME``, for messages; empty if that is not known."""
        where = self.where()
        return f"; it waits at {' > '.join(where[-6:])}" if where else ""

    def wake(self) -> None:
        """Let everybody who waits look again."""
        self._bell.ring()

    def until(self, true: Callable[[], bool], seconds: float | None = None) -> Awaitable[bool]:
        """Wait until it is true, at most so many real seconds; whether it is."""
        return self._bell.until(true, seconds)

    def pause(self) -> Awaitable[None]:
        """Let all others have a turn, and this task be cancelled."""
        return self._bell.pause()

    # The channels

    async def receive(self) -> dict[str, Any]:
        """What the app awaits."""
        if self.told or self.complete:
            await self._bell.pause()  # or a loop that ignores the disconnect could never be stopped
        watch = self.watch
        event = self.next_event()
        if event is None and watch is not None:
            watch.waited()
        while event is None:
            await self._bell.change()
            event = self.next_event()
        if self.gone and event["type"].endswith(".disconnect"):
            self.told = True
        if watch is not None:
            watch.receive(event)
            if len(watch.findings) != self._counted:
                self._look()
        return event

    async def send(self, event: Any) -> None:
        """What the app calls."""
        watch = self.watch
        if watch is not None:
            watch.send(event)
            if watch.past is None:  # it may be anything
                event = unwalked(event, watch.steps[-1][1])
            if len(watch.findings) != self._counted:
                self._look()
        if self.gone or self.complete or self.ended:
            await self._sent_late()
            return
        try:
            self.take(event)
        except Exception as error:  # the judge says it better, where it is on
            self.unusable = self.unusable or f"the app sent an unusable event: {event!r} ({error!r})"
        self._bell.ring()
        if self.is_full():
            await self.flow()

    async def _sent_late(self) -> None:
        self.late += 1
        if self.late > 1:
            await self.pause()  # or a loop that ignores it could never be stopped
        if self._is_closed() and _since_2_4(self.scope):
            raise self._client_gone()

    def _client_gone(self) -> ClientGone:
        self.told = True
        if self.watch is not None:
            self.watch.steps.append((t.SENT, "ClientGone: the client has gone"))
        return ClientGone("the client has gone")

    def _is_closed(self) -> bool:
        return self.gone

    def next_event(self) -> dict[str, Any] | None:
        """What receive gives now; None if there is nothing yet."""
        raise NotImplementedError

    def take(self, event: dict[str, Any]) -> None:
        """Carry out what the app sent."""
        raise NotImplementedError

    def is_full(self) -> bool:
        """Whether more was sent than the client may leave unread."""
        return False

    async def flow(self) -> None:
        """Hold the app back while the client does not read."""
        self.held = True
        try:
            await self.until(lambda: self.gone or self.complete or self.ended or not self.is_full())
        finally:
            self.held = False
        if self.gone and _since_2_4(self.scope):
            raise self._client_gone()

    # The verdicts

    def _look(self) -> None:
        """Take in the findings that are new."""
        watch = self.watch
        if watch is None or len(watch.findings) == self._counted:
            return
        new, self._counted = watch.findings[self._counted :], len(watch.findings)
        for finding in new:
            ours = finding.party is Party.SERVER  # what the test has put into the scope itself
            if ours or not is_fault(finding) or finding.rule.id in _SEEN_BY_THE_TEST:
                self.settings.notes.append(finding)
                continue
            self.settings.findings.append(finding)
            if Place.coverage is not None:
                Place.coverage.tell([finding])
            self.faults.append(finding)

    def verdict(self) -> BaseException | None:
        """What a test is to be told: the app's exception, else the first broken rule with its timeline."""
        self._look()
        broken: BrokenRules | None = None
        if self.broken:
            trace = self.trace
            broken = BrokenRules(Report(trace, list(self.faults)))
            broken.args = (text.finding(Item.of(self.faults[0], trace, "client")),)
        error = self.error if self.settings.raise_app_exceptions else None
        if error is not None and broken is not None:
            error.add_note(str(broken))
        return error or broken

    def tell(self, quiet: bool = False) -> None:
        """Raise the verdict, once. quiet: keep it for the client's end, as another exception is under way."""
        if self._told or not (self.ended or self.abandoned or self.faults):
            return
        verdict = self.verdict()
        if verdict is None:
            return
        self._told = True
        if quiet:
            self.settings.untold.append(verdict)
        else:
            raise verdict

    # The end

    def leave(self, how: Any = "closed") -> None:
        """The client goes away; how: for the timeline."""
        if self.gone or self.ended:
            return
        self.gone = True
        if self.watch is not None:
            self.watch.left(how)
        self.wake()

    async def finish(self, cancel: bool = False) -> None:
        """Wait for the app to end, within the grace; then cancel it if its client has gone, or if told to."""
        if self.ended or self._task is None or self.abandoned:
            return
        grace = self.settings.grace
        if await self.until(lambda: self.ended, grace) or not (self.gone or cancel):
            return
        if self.watch is not None:
            self.watch.cancelled(f"the app was still running {grace:g} s after the end")
        self._cancelled = True
        chain = self.where()
        self._task.cancel()
        if not await self.until(lambda: self.ended, grace):
            self.abandoned = True
            self.settings.open.discard(self)
            if self.watch is not None:
                detail = f"still running {grace:g} s after it was cancelled"
                data = {"rule": "robust.cancel-swallowed", "detail": detail, "where": chain}
                self.watch.fact(data)
                self._look()


class HttpCall(Call):
    """One request. status, headers: the response's, once `begun`; hints, trailers, pushes, debug: as sent."""

    protocol = "http"
    status = 0
    body = b""  # what was read of it, by `read`
    upload_error: BaseException | None = None
    _buffered = 0
    _started = False
    _trailers_due = False
    _stream: AsyncIterable[bytes] | None = None
    _wanted = False
    _pump: Task | None = None

    def __init__(self, settings: Settings, scope: dict[str, Any]) -> None:
        super().__init__(settings, scope)
        self.headers: list[tuple[bytes, bytes]] = []
        self.hints: list[list[bytes]] = []
        self.trailers: list[tuple[bytes, bytes]] = []
        self.pushes: list[dict[str, Any]] = []
        self.debug: dict[str, Any] = {}
        self.chunks: deque[bytes] = deque()
        self._bodiless = scope.get("method") == "HEAD"

    # The request

    def give_body(self, body: bytes) -> None:
        """The whole body, as one event."""
        self.inbox.append({"type": "http.request", "body": body, "more_body": False})

    def stream_body(self, stream: AsyncIterable[bytes]) -> None:
        """A body of which each piece is asked for when the app wants it."""
        self._stream = stream

    def start(self) -> None:
        """Call the app. The body's stream belongs to the test and runs in the test's own context."""
        super().start()
        if self._stream is not None:
            self._pump = self._bell.spawn(self._upload, contextvars.copy_context())

    async def _upload(self) -> None:
        assert self._stream is not None
        pieces = self._stream.__aiter__()
        try:
            while True:
                await self.until(lambda: self._wanted or self._over())
                if self._over():
                    return
                try:
                    piece = await anext(pieces)
                except StopAsyncIteration:
                    self.give_body(b"")
                    return
                else:
                    self.inbox.append({"type": "http.request", "body": piece, "more_body": True})
                finally:
                    self._wanted = False
                    self.wake()
        except Exception as error:
            self.upload_error = error
            self.leave()
            self.wake()
        finally:
            self._pump = None

    def _over(self) -> bool:
        return self.gone or self.complete or self.ended

    def next_event(self) -> dict[str, Any] | None:
        if self.gone or self.complete:
            return {"type": "http.disconnect"}
        if self.inbox:
            return self.inbox.popleft()
        if self._pump is not None and not self._wanted:
            self._wanted = True
            self.wake()
        return None

    # The response

    def take(self, event: dict[str, Any]) -> None:
        kind = event["type"].removeprefix("http.response.")
        if kind == "start" and not self._started:
            self._take_start(event)
        elif kind == "body":
            self._take_body(event.get("body", b""), bool(event.get("more_body", False)))
        elif kind == "pathsend":
            with open(event["path"], "rb") as file:
                self._take_body(file.read(), False)
        elif kind == "zerocopysend":
            self._take_body(_read(event), bool(event.get("more_body", False)))
        elif kind == "trailers":
            self.trailers.extend(pairs(event.get("headers", ())))
            if self._started and self._trailers_due and not event.get("more_trailers", False):
                self.complete = True
        elif kind == "early_hint":
            self.hints.append([bytes(link) for link in event["links"]])
        elif kind == "push":
            self.pushes.append(dict(event))
        elif kind == "debug":
            self.debug.update(event.get("info", {}))

    def _take_start(self, event: dict[str, Any]) -> None:
        status, headers = event["status"], pairs(event.get("headers", ()))
        if not isinstance(status, int) or not 100 <= status <= 999:
            raise ValueError(f"the status is {status!r}")
        self._started = True
        self.status, self.headers = int(status), headers
        self._bodiless = self._bodiless or status in (204, 304)
        self._trailers_due = bool(event.get("trailers")) and self._offers("http.response.trailers")

    def _offers(self, name: str) -> bool:
        return name in (self.scope.get("extensions") or {})

    def _take_body(self, body: bytes, more: bool) -> None:
        if not self._started:
            raise ValueError("the response has not been started")
        if not isinstance(body, bytes):
            raise TypeError(f"the body is {type(body).__name__}")
        self.begun = True
        if body and not self._bodiless:
            self.chunks.append(body)
            self._buffered += len(body)
        if not more:
            self.complete = not self._trailers_due

    def is_full(self) -> bool:
        """Whether more was sent than the client may leave unread."""
        return not self.complete and (self._buffered > BUFFER_BYTES or len(self.chunks) >= BUFFER_EVENTS)

    def next_chunk(self) -> bytes | None:
        """The next piece of the body that is there."""
        if not self.chunks or self.gone:
            return None
        chunk = self.chunks.popleft()
        self._buffered -= len(chunk)
        if self.held:
            self.wake()
        return chunk

    def read(self) -> None:
        """Move what is there of the body to `body`."""
        while (chunk := self.next_chunk()) is not None:
            self.body += chunk

    def is_over(self) -> bool:
        """Whether no more will come; what is there is read on the way, so that the app is not held back."""
        if self.chunks:
            self.read()
        return bool(self.complete or self.ended or (self.faults and self.broken) or self.unusable)

    def has_news(self) -> bool:
        """Whether the client can go on: the response has begun, or never will."""
        stuck = self.unusable or self.broken or self.upload_error is not None
        return bool(self.begun or self.ended or stuck)

    def has_more(self) -> bool:
        """Whether there is more of the body, or the knowledge that there is none."""
        return bool(self.chunks or self._over() or self.broken or self.unusable)

    async def finish(self, cancel: bool = False) -> None:
        """As for any call; what still sends the request is stopped."""
        try:
            await super().finish(cancel)
        finally:
            if self._pump is not None:
                self._pump.cancel()


def without(scope: dict[str, Any]) -> dict[str, Any]:
    """The scope without the keys whose value is ``...``."""
    return {key: value for key, value in scope.items() if value is not ...}


def pairs(headers: Any) -> list[tuple[bytes, bytes]]:
    found = []
    for name, value in headers:
        if not (isinstance(name, bytes) and isinstance(value, bytes)):
            raise TypeError(f"the header {name!r}: {value!r} is not bytes")
        found.append((name, value))
    return found


def _read(event: dict[str, Any]) -> bytes:
    file = event["file"]
    with open(file if isinstance(file, int) else file.fileno(), "rb", closefd=False) as opened:
        if event.get("offset") is not None:
            opened.seek(event["offset"])
        return opened.read(event["count"]) if event.get("count") is not None else opened.read()


def _since_2_4(scope: dict[str, Any]) -> bool:
    versions = scope.get("asgi")
    version = versions.get("spec_version") if isinstance(versions, dict) else None
    return isinstance(version, str) and tuple(version.split(".")) >= ("2", "4")
