"""What becomes of a request that is wrong in one way: `wire.req.*`, an invalid host, bad handshakes.

A request with two faults is judged by nobody. A connection that ends without an answer counts as a refusal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from asgisim.drive.wire import record
from asgisim.drive.wire.http import Response
from asgisim.wire.judging.asked import ODD_OFFER, TURNS_TO_HTTP2, Asked
from asgisim.wire.judging.body import given_whole, joined
from asgisim.wire.judging.facts import Connection, Pair, Verdict, short, tells
from asgisim.wire.judging.scope import lines


class Case(NamedTuple):
    """A faulty request and what came of it. call: the call of the app that it gave, if it gave one."""

    connection: Connection
    asked: Asked
    call: Pair | None
    response: Response | None
    further: int  # calls beyond its own

    @property
    def refused(self) -> bool:
        """Whether the server answered with an error, or ended the connection."""
        return self.response.status >= 400 if self.response else self.connection.end is not None

    @property
    def answered_and_open(self) -> bool:
        """Whether the client waited in vain for the end of the connection, behind a whole answer."""
        return self.response is not None and self.response.complete and self.connection.stayed_open

    @property
    def settled(self) -> bool:
        """Whether anything can be said."""
        return self.call is not None or self.response is not None or self.connection.end is not None


Judge = Callable[[Case], Iterator[tuple[bool, str]]]


def never(case: Case) -> Iterator[tuple[bool, str]]:
    """It must not reach the app."""
    about = "the app was called"
    if case.call is None and not case.refused and case.response is not None:
        about = f"the answer is {case.response.status}"
    yield case.call is None and case.refused, about


def never_and_told(case: Case) -> Iterator[tuple[bool, str]]:
    """It must not reach the app, and the client must hear why."""
    yield from never(case)
    yield from _told(case)


def _told(case: Case) -> Iterator[tuple[bool, str]]:
    """Where the RFC asks for an answer, an end without one is not enough. A reset may destroy one."""
    end = case.connection.end
    nothing = case.call is None and case.response is None and not case.connection.extra
    if nothing and end is not None and end.data == "eof" and not case.connection.left:
        yield False, "the connection ended without an answer"


def four_hundred(case: Case) -> Iterator[tuple[bool, str]]:
    """It must be answered by an error. The app may have heard of it before, and not as whole."""
    if case.response is not None:
        yield case.response.status >= 400, f"the answer is {case.response.status}"
    if case.call is not None and case.call.received:
        yield not given_whole(case.call), f"the app got {short(joined(case.call))} as a whole body"
    if case.further:
        yield False, "what followed was taken as a request"
    yield from _told(case)


def not_as_whole(case: Case) -> Iterator[tuple[bool, str]]:
    """Its body must not be passed off as complete."""
    if case.call is not None and case.call.received:
        yield not given_whole(case.call), f"the app got {short(joined(case.call))} as a whole body"
    elif case.call is None:
        yield case.refused, "the client got no error"


def chunked_and_closed(case: Case) -> Iterator[tuple[bool, str]]:
    """Refused, or read as chunked and the connection closed."""
    if case.further:
        yield False, f"{case.further + 1} calls for one request"
    elif case.call is not None and given_whole(case.call) and joined(case.call) != case.asked.body:
        yield False, f"the app got {short(joined(case.call))}, not {short(case.asked.body)}"
    else:
        yield not (case.call is not None and case.answered_and_open), "the connection stays open"


def closed(case: Case) -> Iterator[tuple[bool, str]]:
    """Whatever is made of it, nothing more is read."""
    about = "the connection stays open" if not case.further else "what followed was taken as a request"
    if case.further or case.response is not None:
        yield not case.further and not case.answered_and_open, about


def cleaned(case: Case) -> Iterator[tuple[bool, str]]:
    """Refused, or the bad byte replaced."""
    if case.call is None:
        yield case.refused, "the client got no error"
        return
    seen = lines(case.call.scope.get("headers", ())) or {}
    bad = [value for values in seen.values() for value in values if re.search(rb"[\r\n\0]", value)]
    wanted = {name.lower() for name, _ in case.asked.headers}
    torn = sorted(set(seen) - wanted)
    yield not bad and not torn, f"{bad or torn!r} reached the app"


def unfolded(case: Case) -> Iterator[tuple[bool, str]]:
    """Refused, or the lines joined with spaces."""
    if case.call is None:
        yield case.refused, "the client got no error"
        return
    seen = lines(case.call.scope.get("headers", ())) or {}
    wanted = case.asked.named
    differing = [
        name
        for name in {*seen, *wanted}
        if name in wanted and _squeezed(seen, name) != _squeezed(wanted, name)
    ]
    extra = sorted(set(seen) - set(wanted))
    yield not differing and not extra, f"{[seen.get(name) for name in differing] or extra!r} reached the app"


def _squeezed(headers: dict[bytes, list[bytes]], name: bytes) -> list[bytes]:
    return [re.sub(rb"[ \t\r\n]+", b" ", value).strip() for value in headers.get(name, [])]


def one_reading(case: Case) -> Iterator[tuple[bool, str]]:
    """Refused, or read line by line."""
    if case.call is None:
        yield case.refused, "the client got no error"
        return
    seen = lines(case.call.scope.get("headers", ())) or {}
    extra = sorted(set(seen) - {name.lower() for name, _ in case.asked.headers})
    yield not extra, f"{extra!r} reached the app"


def too_much(case: Case) -> Iterator[tuple[bool, str]]:
    """Served as it came, or an answer that says that it is too much."""
    if case.call is None and case.response is not None:
        yield 400 <= case.response.status < 500, f"the answer is {case.response.status}"
    elif case.call is not None:
        yield from _whole_target(case.call, case.asked.path.partition(b"?")[0])
    elif case.connection.end is not None and case.connection.end.data == "eof" and not case.connection.extra:
        yield False, "the connection ended without an answer"  # a reset may destroy one on its way


def _whole_target(call: Pair, wanted: bytes) -> Iterator[tuple[bool, str]]:
    """What is served has not lost its end to the limits of a parser."""
    found = call.scope.get("raw_path")
    cut = isinstance(found, bytes) and wanted.startswith(found) and found != wanted
    yield not cut, f"a path of {len(wanted)} bytes was cut on its way to the app"


def no_websocket(case: Case) -> Iterator[tuple[bool, str]]:
    """A 4xx, or an ordinary request."""
    kind = case.call.kind if case.call else ""
    switched = case.response is not None and case.response.status == 101
    yield kind != "websocket" and not switched, "it was taken as a handshake"
    yield from _told(case)


def other_version(case: Case) -> Iterator[tuple[bool, str]]:
    """An error that names version 13."""
    kind = case.call.kind if case.call else ""
    if kind == "websocket" or (case.response is not None and case.response.status == 101):
        yield False, "it was taken as a handshake"
    elif case.response is not None and case.call is None:
        told = [
            part.strip() for v in case.response.values(b"sec-websocket-version") for part in v.split(b",")
        ]
        named = b"13" in told and case.response.status >= 400
        yield named, f"status {case.response.status} with sec-websocket-version {told!r}"


TABLE: dict[str, Judge] = {
    "wire.req.te-and-length": chunked_and_closed,
    "wire.req.length-conflict": never_and_told,
    "wire.req.length-syntax": never_and_told,
    "wire.req.te-unknown": never,
    "wire.req.te-not-last": four_hundred,
    "wire.req.te-http10": closed,
    "wire.req.chunk-size": not_as_whole,
    "wire.req.space-before-colon": never_and_told,
    "wire.req.obs-fold": unfolded,
    "wire.req.control-bytes": cleaned,
    "wire.req.bare-cr": cleaned,
    "wire.req.bare-lf": one_reading,
    "wire.req.host-missing": never_and_told,
    "wire.req.host-many": never_and_told,
    "robust.host-invalid": never_and_told,
    "wire.req.method-token": never,
    "wire.req.version": never,
    "wire.req.limits": too_much,
    "wire.ws.handshake-check": no_websocket,
    "wire.ws.version": other_version,
}


@tells(*TABLE)
def faulty(connection: Connection) -> Iterator[Verdict]:
    """The one request on a connection that is wrong, if it is wrong in one way."""
    if not connection.asked or len(connection.asked[-1].faults) != 1:
        return
    turn, asked = len(connection.asked) - 1, connection.asked[-1]
    [rule] = asked.faults
    if rule not in TABLE or connection.has(record.FRAME_OUT):
        return
    calls, responses = connection.calls, connection.responses
    call = Pair(connection, calls[turn], []) if turn < len(calls) else None
    response = responses[turn] if turn < len(responses) else None
    further = max(0, len(calls) - turn - 1) + _unexpected(connection, call)
    case = Case(connection, asked, call, response, further)
    if not case.settled or (case.response is not None and not case.response.status):
        return
    for holds, about in TABLE[rule](case):
        yield rule, holds, about


def _unexpected(connection: Connection, call: Pair | None) -> int:
    """Calls that the scenario did not await, and that can only be of this connection."""
    if call is None or {one.connection for one in connection.played.client} != {connection.number}:
        return 0
    return sum(fact["what"] == "unexpected-call" for fact in connection.played.facts)


@tells(
    "wire.req.leading-crlf", "wire.req.chunk-extension", "wire.req.absolute-form", "wire.ws.handshake-tokens"
)
def odd_and_legal(connection: Connection) -> Iterator[Verdict]:
    """What is unusual and legal is served."""
    for turn, asked in enumerate(connection.asked):
        for rule in sorted(asked.odd & set(ODD)):
            if not asked.plain or (rule == "wire.req.chunk-extension" and len(asked.odd) > 1):
                continue
            if turn < len(connection.calls):
                if rule != "wire.ws.handshake-tokens":
                    yield rule, True, ""
                else:
                    kind = Pair(connection, connection.calls[turn], []).kind
                    yield rule, kind == "websocket", f"it was taken as {kind}"
            elif turn < len(connection.responses) and connection.responses[turn].status >= 400:
                yield rule, False, f"the answer is {connection.responses[turn].status}"
            elif turn == 0 and connection.end is not None and not connection.responses:
                yield rule, False, "the connection ended without an answer"


ODD = (
    "wire.req.leading-crlf", "wire.req.chunk-extension", "wire.req.absolute-form", "wire.ws.handshake-tokens"
)  # fmt: skip


@tells("common.app.called-once")
def upgrade_ignored(connection: Connection) -> Iterator[Verdict]:
    """A server that does not speak HTTP/2 takes the request as if it did not ask for that."""
    if not connection.asked or connection.asked[0].faults != {TURNS_TO_HTTP2}:
        return
    for response in connection.responses[:1]:
        if not connection.calls and response.status:
            about = f"a request with upgrade: h2c gave no call, and the answer {response.status}"
            yield "common.app.called-once", response.status < 400, about


@tells("wire.ws.handshake-check")
def handshake_answered(connection: Connection) -> Iterator[Verdict]:
    """RFC 6455 4.2.1: a handshake against its grammar gets an error answer; that is the least."""
    if connection.asked and connection.asked[0].faults == {ODD_OFFER} and not connection.calls:
        case = Case(connection, connection.asked[0], None, next(iter(connection.responses), None), 0)
        for holds, about in _told(case):
            yield "wire.ws.handshake-check", holds, about


@tells("robust.handshake-dropped")
def handshake_kept(connection: Connection) -> Iterator[Verdict]:
    """A good handshake gets an answer, also where the client did not wait for it with what it had to say."""
    asked = next(iter(connection.asked), None)
    if asked is None or not asked.plain or not asked.upgrade or connection.http2:
        return
    early = sum(len(one.data) for one in connection.heard if one.kind == record.WROTE) > asked.end > 0
    pairs = [Pair(connection, call, []) for call in connection.calls]
    if not early or connection.left or any(_gives_up(pair) for pair in pairs):
        return
    end = connection.end
    nothing = not connection.responses and not connection.extra
    if not nothing or end is not None:
        about = "the connection ended without an answer, and the app had not given one"
        yield "robust.handshake-dropped", not (nothing and end is not None and end.data == "eof"), about


def _gives_up(pair: Pair) -> bool:
    """Whether the app has refused the client, was wrong or has ended."""
    wrong = any(one.kind != "websocket.accept" for one in pair.tries)
    return wrong or pair.kind != "websocket" or bool(pair.ended)


@tells("wire.req.expect-continue")
def expect(connection: Connection) -> Iterator[Verdict]:
    """Who waits for the 100 gets it, or a final status."""
    for asked in connection.asked[:1]:
        if "wire.req.expect-continue" not in asked.odd or asked.faults:
            continue
        for _, _, data in connection.seen():
            about = "the client waits for 100 Continue, the app for the body"
            waits = any(
                step.kind == "wait" for call in connection.calls for step in Pair(connection, call, []).steps
            )
            if data or waits:
                yield "wire.req.expect-continue", data.startswith(b"HTTP/1.1 "), about


CHECKS = (faulty, odd_and_legal, upgrade_ignored, handshake_answered, handshake_kept, expect)
