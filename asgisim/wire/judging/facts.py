"""What a check is given: one call and its connection, or one connection, or the whole record.

A check is a short generator of verdicts; `tells` enters the rules that it puts to the test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from asgisim.drive.wire import frames, record
from asgisim.drive.wire.frames import Frame, parse
from asgisim.drive.wire.http import Response
from asgisim.drive.wire.http2 import authority_of
from asgisim.drive.wire.record import Heard, Record
from asgisim.judge import Finding
from asgisim.model.trace import CANCEL, LEFT, NOTE, RAISE, RECEIVE, RETURN, SCOPE, SEND, SENT, WAIT, Step
from asgisim.spec.editions import Edition, announced
from asgisim.wire.judging.asked import UNCLEAR, Asked, read
from asgisim.wire.judging.asked import by_name as by_name
from asgisim.wire.judging.once import once

LONG = 1.5  # seconds in which a server must have seen, and told, what happened
SHORT = 0.4  # seconds in which bytes that were written must have come over a local connection
STATUS_LINE = re.compile(rb"HTTP/1\.[01] [0-9]{3} [\t\x20-\x7e\x80-\xff]*\r\n")
_STATUS = re.compile(rb"HTTP/1\.[01] [0-9]{3} ")  # whatever comes after it
Verdict = tuple[str, bool, str]  # a rule, whether it holds, and what was seen
F = TypeVar("F", bound=Callable[..., Iterator[Verdict]])

TOLD: dict[str, str] = {}  # each rule that some check tells of, and the check


def tells(*rules: str) -> Callable[[F], F]:
    """Enter a check: a generator of verdicts about these rules."""

    def enter(check: F) -> F:
        for rule in rules:
            TOLD.setdefault(rule, check.__qualname__)
        return check

    return enter


@dataclass(frozen=True, slots=True)
class Try:
    """An event that the app handed to send. error: what send raised, as the puppet tells it, or None."""

    event: Any
    error: dict[str, Any] | None
    index: int
    time: float
    kind: str  # the type of the event, or an empty str
    group: int = 0  # the same for those that were sent at once, 0 for one that was sent by itself


def tries(steps: list[tuple[int, Step]]) -> list[Try]:
    """What was handed to send, with what became of it."""
    found: list[Try] = []
    for place, (index, step) in enumerate(steps):
        if step.kind != SEND:
            continue
        after = steps[place + 1][1] if place + 1 < len(steps) else None
        error = (
            after.data if after is not None and after.kind == SENT and isinstance(after.data, dict) else None
        )
        kind = step.data.get("type") if isinstance(step.data, dict) else None
        before = steps[place - 1][1] if place else None
        group = before.data["together"] if before is not None and _told(before.data, "together") else 0
        found.append(Try(step.data, error, index, step.time, kind if isinstance(kind, str) else "", group))
    return found


class Connection:
    """One connection of the client: what it asked for, what came back, and which calls it gave."""

    def __init__(self, played: Record, number: int) -> None:
        self.played = played
        self.number = number
        self.heard: list[Heard] = played.of(number)
        self.calls = sorted(call for call, other in played.pairs.items() if other == number)
        self.responses: list[Response] = [one.data for one in self.heard if one.kind == record.RESPONSE]
        self.kinds = {one.kind for one in self.heard}

    @once
    def asked(self) -> list[Asked]:
        """The requests that the client's bytes hold; over HTTP/2 the one of the stream."""
        if self.http2:
            return streamed(self.heard)
        sent = [
            one.data["raw"] if one.kind == record.REQUEST else one.data
            for one in self.heard
            if one.kind in (record.REQUEST, record.WROTE)
        ]
        return read(b"".join(sent))

    @once
    def composed(self) -> bool:
        """Whether each request went out by itself, so that the reader of responses knew its method."""
        return not self.has(record.WROTE)

    def has(self, *kinds: str) -> bool:
        """Whether something of these kinds was heard."""
        return not self.kinds.isdisjoint(kinds)

    def first(self, *kinds: str) -> Heard | None:
        """The first of these kinds."""
        if self.kinds.isdisjoint(kinds):
            return None
        return next(one for one in self.heard if one.kind in kinds)

    @once
    def http2(self) -> bool:
        """Whether this is a stream of an HTTP/2 connection."""
        found = self.first(record.CONNECTED)
        return found is not None and bool(found.data.get("http2"))

    @once
    def tls(self) -> dict[str, Any] | None:
        """What the client knows of the TLS below, as Secure.facts tells it; None on a plain connection."""
        found = self.first(record.CONNECTED)
        return found.data.get("tls") if found is not None else None

    @once
    def extra(self) -> bytes:
        """What came and was read by nobody."""
        if record.EXTRA not in self.kinds:
            return b""
        return b"".join(one.data for one in self.heard if one.kind == record.EXTRA)

    @once
    def end(self) -> Heard | None:
        """How the server ended the connection, if it did."""
        return self.first(record.END)

    @once
    def left(self) -> bool:
        """Whether the client went away, in one direction at least."""
        return self.has(record.HALF, record.CLOSED)

    def in_vain(self, what: str, after: float = -1.0) -> bool:
        """Whether the client waited in vain for `what` (response, frame, end), after that time."""
        if record.NOTHING not in self.kinds:
            return False
        return any(one.kind == record.NOTHING and one.data == what and one.time > after for one in self.heard)

    @once
    def stayed_open(self) -> bool:
        """Whether the client waited for the end and it did not come."""
        return self.end is None and self.in_vain("end")

    @once
    def frames(self) -> list[frames.Frame]:
        """The frames that came, in order. What was read as frames before the 101 was read is none."""
        heads = [one for one in self.heard if one.kind == record.RESPONSE and one.data.status == 101]
        if not heads:
            return []
        return [one.data for one in self.heard if one.kind == record.FRAME and one.time >= heads[0].time]

    @once
    def late_frames(self) -> list[Frame]:
        """The frames among what came and was read by nobody."""
        if not any(one.kind == record.RESPONSE and one.data.status == 101 for one in self.heard):
            return []
        rest, found = bytearray(self.extra), []
        while (frame := parse(rest)) is not None:
            found.append(frame)
        return found

    @once
    def frames_out(self) -> list[dict[str, Any]]:
        """The frames that the client sent, in order."""
        return [one.data for one in self.heard if one.kind == record.FRAME_OUT]

    def seen(self) -> Iterator[tuple[float, bytes, bytes]]:
        """The looks at what had come and was not read yet: when, what was looked for, what was there."""
        for one in self.heard if record.SEEN in self.kinds else ():
            if one.kind == record.SEEN:
                yield one.time, one.data["contains"], one.data["data"]


def streamed(heard: list[Heard]) -> list[Asked]:
    """The request of a stream, from what its client did."""
    told = next((one.data for one in heard if one.kind == record.REQUEST), None)
    if told is None:
        return []
    headers = [(bytes(name).lower(), bytes(value)) for name, value in told.get("headers", ())]
    hosts = [value for name, value in headers if name == b"host"]
    asked = Asked(told.get("method", b"GET"), told.get("target", b"/"), b"2", framing="stream")
    authority = authority_of(told, hosts)
    asked.headers = [line for line in headers if authority is None or line[0] != b"host"]
    asked.headers += [(b"host", authority)] if authority is not None else []
    chunks, body = told.get("chunks"), told.get("body")
    asked.body = b"".join(chunks) if chunks is not None else body or b""
    asked.body += b"".join(one.data for one in heard if one.kind == record.WROTE)
    asked.trailers = [(bytes(name), bytes(value)) for name, value in told.get("trailers", ())]
    asked.whole = not told.get("open") or any(one.kind == record.FINISHED for one in heard)
    lengths = {value for name, value in headers if name == b"content-length"}
    if len(lengths) > 1:
        asked.faults.add("wire.req.length-conflict")  # one is not true, so malformed, by RFC 9113 8.1.1
    elif not asked.target.startswith(b"/") or (lengths and lengths != {b"%d" % len(asked.body)}):
        asked.faults.add(UNCLEAR)
    if any(re.search(rb"[\r\n\0]", value) for _, value in headers):
        asked.faults.add("wire.req.control-bytes")  # malformed, by RFC 9113 8.2.1
    return [asked]


class Pair:
    """One call of the app and the request that it belongs to."""

    def __init__(self, connection: Connection, call: int, report_app: list[Finding]) -> None:
        played = connection.played
        self.connection = connection
        self.call = call
        self.made: dict[str, Any] = {}  # what checks have worked out, for others
        self.numbered = [(index, step) for index, step in enumerate(played.app) if step.exchange == call]
        self.steps: list[Step] = [step for _, step in self.numbered]
        self.by_kind: dict[str, list[Step]] = {}
        for step in self.steps:
            self.by_kind.setdefault(step.kind, []).append(step)
        self.last_index = self.numbered[-1][0] if self.numbered else 0
        self.turn = connection.calls.index(call)
        self.app_faults = {finding.step: finding.rule.id for finding in reversed(report_app)}
        asked, responses = connection.asked, connection.responses
        sure = self.turn < len(asked) and all(one.plain for one in asked[: self.turn])
        self.asked: Asked | None = asked[self.turn] if sure else None
        readable = connection.composed or all(one.method != b"HEAD" for one in asked)
        self.response: Response | None = (
            responses[self.turn] if sure and readable and self.turn < len(responses) else None
        )
        self.is_last = self.turn == len(asked) - 1
        scopes = [step.data for step in self.of_kind(SCOPE)]
        self.scope: dict[str, Any] = scopes[0] if scopes and isinstance(scopes[0], dict) else {}
        self.kind = str(self.scope.get("type"))
        self.edition: Edition = announced(self.scope)
        self.received = [step.data for step in self.of_kind(RECEIVE) if isinstance(step.data, dict)]
        self.tries = tries(self.numbered) if SEND in self.by_kind else []
        # What send took.
        self.taken = [one for one in self.tries if one.error is None and isinstance(one.event, dict)]
        self.sent: list[dict[str, Any]] = [one.event for one in self.taken]

    def of_kind(self, kind: str) -> Sequence[Step]:
        """The steps of a kind, in order."""
        return self.by_kind.get(kind, ())

    @once
    def fair(self) -> bool:
        """Whether the app has done nothing wrong, as far as events go."""
        return not self.app_faults

    @once
    def returned(self) -> Step | None:
        """The step that ended the call by a return."""
        return next(iter(self.of_kind(RETURN)), None)

    @once
    def raised(self) -> Step | None:
        """The step that ended the call by an exception."""
        return next(iter(self.of_kind(RAISE)), None)

    @once
    def told_to_end(self) -> bool:
        """Whether the call was ended by us since the scenario was over, and not by its own script."""
        return any(step.data == "the scenario is over" for step in self.of_kind(NOTE))

    @once
    def ended(self) -> bool:
        """Whether the call ended by itself."""
        return (self.returned or self.raised) is not None and not self.told_to_end

    @once
    def cancelled(self) -> Step | None:
        """The step in which the server cancelled the call."""
        return next(iter(self.of_kind(CANCEL)), None)

    @once
    def blocked(self) -> bool:
        """Whether some send did not come to an end."""
        return any(step.data == "blocked" for step in self.of_kind(SENT))

    @once
    def sending(self) -> list[Any]:
        """The events with which send has not come to an end."""
        return [step.data["sending"] for step in self.of_kind(NOTE) if _told(step.data, "sending")]

    @once
    def left(self) -> Step | None:
        """When the client went away for good."""
        return next((step for step in self.of_kind(LEFT) if step.data in ("closed", "lost")), None)

    @once
    def done(self) -> float:
        """When the app had done its part."""
        return max((s.time for s in self.steps if s.kind in (SEND, SENT, RETURN, RAISE)), default=0.0)

    @once
    def disconnects(self) -> list[Step]:
        """The steps in which receive gave the disconnect."""
        kind = f"{self.kind}.disconnect"
        given = self.of_kind(RECEIVE)
        return [step for step in given if isinstance(step.data, dict) and step.data.get("type") == kind]

    @once
    def over(self) -> float:
        """When the client had left, or had done what ends its session, or the app was told so."""
        times = [step.time for step in self.disconnects]
        times += [self.left.time] if self.left else []
        heard = self.connection.heard if self.kind == "websocket" else ()
        times += [one.time for one in heard if one.kind == record.FRAME_OUT and _ends(one.data)]
        return min(times, default=float("inf"))

    def ended_before(self, when: float) -> bool:
        """Whether the call had ended at that time."""
        last = self.returned or self.raised
        return last is not None and last.time < when

    @once
    def ended_before_disconnect(self) -> bool:
        """Whether a disconnect came when the call had ended, as held back until then."""
        told = [step.time for step in self.of_kind(RECEIVE) if isinstance(step.data, dict)]
        return bool(told) and self.ended_before(told[-1])

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The events of this type that send took."""
        return [event for event in self.sent if event.get("type") == kind]

    def got(self, kind: str) -> list[dict[str, Any]]:
        """The events of this type that receive gave."""
        return [event for event in self.received if event.get("type") == kind]

    def waits(self, after: float = -1.0) -> list[Step]:
        """The receive calls that waited in vain, after that time."""
        return [step for step in self.of_kind(WAIT) if step.time > after]

    def waited_since(self, when: float) -> float:
        """For how many seconds from that time on a receive waited in vain at the longest."""
        return max((step.time - when for step in self.waits(when)), default=0.0)

    @once
    def extensions(self) -> dict[str, Any]:
        """The extensions that the scope lists."""
        found = self.scope.get("extensions")
        return found if isinstance(found, dict) else {}


def _told(data: Any, key: str) -> bool:
    return isinstance(data, dict) and key in data


def _ends(frame: dict[str, Any]) -> bool:
    """Whether a frame of ours ends the session: a close, or one that a server may not take."""
    return frames.number(frame) == 8 or not frames.is_clean(frame)


def values(response: Response, name: bytes) -> list[bytes]:
    """All values of a header of a response."""
    return response.values(name)


def pairs_of(headers: Any) -> list[tuple[bytes, bytes]] | None:
    """The headers of an event if they are well formed, else None."""
    items = getattr(headers, "items", headers) if not isinstance(headers, dict) else None
    if not isinstance(items, list | tuple):
        return None
    out = []
    for pair in items:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(type(x) is bytes for x in pair):
            return None
        out.append((pair[0], pair[1]))
    return out


def raw_head(data: bytes) -> tuple[int, list[tuple[bytes, bytes]]]:
    """Status and headers of a response that a strict reader does not take."""
    first, *lines = data.partition(b"\r\n\r\n")[0].split(b"\r\n")
    if not _STATUS.match(first):
        return 0, []
    pairs = [line.partition(b":") for line in lines]
    return int(first.split(b" ")[1]), [(name, value.strip()) for name, _, value in pairs]


def short(data: bytes) -> str:
    """Some bytes for a message."""
    return f"{data[:60]!r}{f' ({len(data)} bytes)' if len(data) > 60 else ''}"
