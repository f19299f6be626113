"""What a case asks for and what came of it, the same over sockets and in process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from asgisim.grid.model import Moment
from asgisim.judge import Finding, Watch, is_fault
from asgisim.model import trace as t

Pairs = tuple[tuple[bytes, bytes], ...]
_DISCONNECTS = ("http.disconnect", "websocket.disconnect")
_OVER = ("COMPLETE", "CLOSED", "REFUSED", "DENIED")


class Wrong(Exception):
    """The case fails; the text says what was expected and what came."""


class Skip(Exception):
    """The case has no meaning here; the text says why."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One HTTP request.

    target: as on the wire, with the query. body: its parts, each a segment (or a chunk); None for none.
    chunked: framed so, else by content-length. leave: when the client goes away: "" never, "unfinished"
    (the body lacks its last part), "waiting" (the request is whole, no answer yet), "streaming" (after the
    first piece of the answer). reset: it goes by a reset, not by an end. raw: these bytes in place of all
    that (sockets only). host None: no header for it. pause: seconds between the parts. hear: bytes of body
    to wait for before leaving.
    """

    method: str = "GET"
    target: bytes = b"/"
    headers: Pairs = ()
    body: tuple[bytes, ...] | None = None
    chunked: bool = False
    version: bytes = b"1.1"
    host: bytes | None = b"testbed"
    leave: str = ""
    reset: bool = False
    raw: bytes | None = None
    cuts: tuple[int, ...] = ()
    pause: float = 0.0
    hear: int = 1


@dataclass(frozen=True, slots=True)
class Talk:
    """One WebSocket session: what the client does, in order.

    does: ("say", str or bytes), ("hear", n messages), ("close", code or None, reason), ("lost",) by a reset,
    ("pause", seconds); over sockets only: ("frame", opcode, data, fin), ("ping", data), ("raw", bytes). After
    the last it waits for the app's close, unless it has left itself. leaves: it leaves by a close frame
    in place of that.
    """

    target: bytes = b"/ws/echo"
    does: tuple[tuple[Any, ...], ...] = ()
    headers: Pairs = ()
    subprotocols: tuple[bytes, ...] = ()
    extensions: bytes | None = None
    key: bytes | None = b"YXNnaXNpbS1hc2dpc2ltIQ=="
    version: bytes | None = b"13"
    method: str = "GET"
    leaves: bool = False


@dataclass(slots=True)
class Reply:
    """An HTTP answer. status 0: none came. broken: what came in place of its end, see drive.wire.http.

    first, last: monotonic seconds when its first byte of body and its last byte came. local, peer: the
    addresses of the connection, None in process. ended: how the server ended the connection afterwards.
    """

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    complete: bool = False
    broken: str = ""
    version: str = ""
    reason: bytes = b""
    framing: str = ""
    raw: bytes = b""
    informational: list[tuple[int, list[tuple[bytes, bytes]]]] = field(default_factory=list)
    trailers: list[tuple[bytes, bytes]] = field(default_factory=list)
    first: float = 0.0
    last: float = 0.0
    local: Any = None
    peer: Any = None
    ended: str = ""

    def values(self, name: bytes) -> list[bytes]:
        """All values of a header, without regard to case."""
        return [value for key, value in self.headers if key.lower() == name]


@dataclass(slots=True)
class Heard:
    """A WebSocket session as the client saw it.

    reply: the answer to the handshake (101 if accepted). messages: whole, in order. code: of the close frame
    (None: a frame without one), reason; closed: a close frame came; lost: the connection ended without one.
    """

    reply: Reply = field(default_factory=Reply)
    messages: list[str | bytes] = field(default_factory=list)
    code: int | None = None
    reason: str = ""
    closed: bool = False
    lost: bool = False
    pongs: list[bytes] = field(default_factory=list)
    pings: int = 0
    broken: str = ""
    how: str = ""  # in process: what the app did in place of a close

    @property
    def accepted(self) -> bool:
        """Whether the handshake was answered with 101."""
        return self.reply.status == 101

    @property
    def ending(self) -> str:
        """In a word or two: ``refused 403``, ``close 1011``, ``lost``, ``open``."""
        if self.how:
            return self.how
        if not self.accepted:
            return f"refused {self.reply.status}" if self.reply.status else "no answer"
        if self.closed:
            return f"close {self.code}" if self.code is not None else "close without a code"
        return "lost" if self.lost else "open"


@dataclass(slots=True)
class Call:
    """One call of the app, as its boundary saw it: steps are (seconds, kind, data) in order."""

    number: int
    steps: list[tuple[float, str, Any]] = field(default_factory=list)

    @property
    def scope(self) -> dict[str, Any]:
        """The scope, as it was when the call began."""
        value = self.steps[0][2] if self.steps else {}
        return value if isinstance(value, dict) else {}

    @property
    def type(self) -> str:
        """http, websocket or lifespan."""
        return str(self.scope.get("type", ""))

    def events(self, kind: str, name: str = "") -> list[dict[str, Any]]:
        """What was received (trace.RECEIVE) or sent (trace.SEND), of one type or of all."""
        return [
            data
            for _, one, data in self.steps
            if one == kind and isinstance(data, dict) and (not name or data.get("type") == name)
        ]

    def received(self, name: str = "") -> list[dict[str, Any]]:
        """Events that receive gave."""
        return self.events(t.RECEIVE, name)

    def sent(self, name: str = "") -> list[dict[str, Any]]:
        """Events that send was given."""
        return self.events(t.SEND, name)

    def when(self, kind: str, name: str = "") -> float | None:
        """When the last such step was, None if there was none."""
        times = [
            at
            for at, one, data in self.steps
            if one == kind and (not name or (isinstance(data, dict) and data.get("type") == name))
        ]
        return times[-1] if times else None

    @property
    def end(self) -> str:
        """How it ended: "" not yet, else return, raise or cancel."""
        return next(
            (kind for _, kind, _ in reversed(self.steps) if kind in (t.RETURN, t.RAISE, t.CANCEL)), ""
        )

    @property
    def error(self) -> str:
        """The type of the exception that it ended with, or an empty str."""
        return next((str(data.get("type")) for _, kind, data in self.steps if kind == t.RAISE), "")

    def findings(self) -> list[Finding]:
        """The rules that were broken in it, by either side."""
        return [one for one in judged(self).findings if is_fault(one)]

    def moments(self, begun: float) -> Iterator[Moment]:
        """Its part of a timeline."""
        for at, kind, data in self.steps:
            yield Moment(round(at - begun, 4), "app", told(kind, data))


def judged(call: Call) -> Watch:
    """The judge's view of one call: what came from outside is the server's, what was sent is the app's."""
    watch = Watch(call.steps[0][2])
    refused = False  # the server has raised: what the app sends from then on is how it deals with that
    for number, (_, kind, data) in enumerate(call.steps[1:], 1):
        if kind == t.RECEIVE:
            over = getattr(watch.view.sending, "name", "") in _OVER
            if isinstance(data, dict) and data.get("type") in _DISCONNECTS and not (watch.view.told or over):
                watch.left()
            watch.receive(data, number)
        elif kind == t.SEND:
            if not refused:
                watch.send(data, number)
        elif kind == t.SENT and isinstance(data, list):
            if data[0] == "gone":
                watch.left()
            refused = refused or data[0] == "error"
        elif kind == t.RETURN:
            watch.returned(data, number)
        elif kind == t.RAISE:
            watch.raised({"where": [], **data, "own": data["own"] and watch.view.gone}, number)
        elif kind == t.CANCEL:
            watch.cancelled()
        elif kind == t.FACT:
            watch.fact(data, number)
    return watch


def told(kind: str, data: Any) -> str:
    """One step of the app's side in a line."""
    if kind == t.SCOPE and isinstance(data, dict):
        asked = " ".join(str(data[key]) for key in ("type", "method", "path") if key in data)
        return f"<- scope {asked}"
    if kind in (t.RECEIVE, t.SEND):
        return f"{'<-' if kind == t.RECEIVE else '->'} {event_words(data)}"
    if kind == t.SENT and isinstance(data, list):
        return f"<- send raises {data[1]}"
    if kind in (t.RAISE, t.CANCEL) and isinstance(data, dict):
        return f"{kind}s {data.get('type')}: {data.get('text', '')}"[:200]
    if kind == t.FACT and isinstance(data, dict):
        return f"{data.get('rule')}: {data.get('detail')}"[:200]
    return kind if data is None else f"{kind} {data!r}"[:200]


def event_words(event: Any) -> str:
    """An event in a line: its type, then the other keys, long values cut."""
    if not isinstance(event, dict):
        return repr(event)[:120]
    more = " ".join(f"{key}={_short(value)}" for key, value in event.items() if key != "type")
    return f"{event.get('type')} {more}"[:240].rstrip()


def _short(value: Any) -> str:
    if isinstance(value, bytes | str) and len(value) > 60:
        return f"{value[:40]!r}... ({len(value)})"
    return repr(value)[:160]
