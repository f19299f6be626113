"""What holds for every response on a connection, whoever made it, and for the connection between them."""

from __future__ import annotations

from collections.abc import Iterator

from asgisim.drive.wire.http import Response
from asgisim.drive.wire.record import REQUEST, RESPONSE, WROTE
from asgisim.model.trace import SENT
from asgisim.wire.judging.asked import Asked
from asgisim.wire.judging.facts import STATUS_LINE, Connection, Verdict, by_name, raw_head, tells


@tells("wire.http.status-line")
def status_line(connection: Connection, response: Response, asked: Asked | None) -> Iterator[Verdict]:
    """The first line is a status line."""
    line = response.raw.partition(b"\n")[0] + b"\n"
    turn = next(at for at, one in enumerate(connection.responses) if one is response)
    if turn and (connection.asked[turn - 1 : turn] or [Asked(b"HEAD")])[0].method == b"HEAD":
        return  # it may be the body of an answer to HEAD, which has a rule of its own
    if turn and connection.responses[turn - 1].status in (204, 304):
        return
    if any(not one.status for one in connection.responses[:turn]):
        return  # where this one begins is not known
    if not connection.http2 and b"\r\n" in response.raw:
        yield "wire.http.status-line", bool(STATUS_LINE.match(line)), f"{response.raw[:80]!r}"


@tells(
    *("wire.http.1xx-not-final", "robust.1xx-framing", "wire.http.one-framing"),
    *("wire.http.length-unique", "wire.http.204-no-body"),
)
def head(connection: Connection, response: Response, asked: Asked | None) -> Iterator[Verdict]:
    """The framing headers agree with each other and with the status."""
    status, lines = (response.status, response.headers) if response.status else raw_head(response.raw)
    if not status:
        return
    named = by_name(lines)
    lengths, coded = named.get(b"content-length", []), named.get(b"transfer-encoding", [])
    yield "wire.http.1xx-not-final", status == 101 or status >= 200, f"status {status}"
    both = f"{lengths!r} and {coded!r}"
    for number, early in {
        **({status: lines} if status < 200 else {}),
        **dict(response.informational),
    }.items():
        framed = [name for name, _ in early if name.lower() in (b"content-length", b"transfer-encoding")]
        yield "robust.1xx-framing", not framed, f"{framed!r} on a {number}"
    if status == 204:
        yield "wire.http.204-no-body", not lengths and not coded, both
    elif (lengths or coded) and not connection.http2:
        yield "wire.http.one-framing", not (lengths and coded), both
    yield "wire.http.length-unique", len(set(lengths)) <= 1, f"{lengths!r}"


IDLE = 1.0  # seconds for which a server keeps a connection at least
STALE = 2.5  # seconds after which the clock must have gone on; many servers look at it once a second


@tells("wire.http.date", "robust.date-twice", "robust.date-stands-still")
def date(connection: Connection, response: Response, asked: Asked | None) -> Iterator[Verdict]:
    """A server with a clock dates its answers, each once."""
    dates = response.values(b"date")
    about = f"{len(dates)} date headers on a {response.status}"
    if dates:
        yield "robust.date-twice", len(dates) == 1, about
    if 200 <= response.status < 500:
        yield "wire.http.date", bool(dates), about
        if connection.composed and len(dates) == 1 and len(connection.responses) > 1:
            yield from _clock(connection, response, dates)


def _clock(connection: Connection, response: Response, dates: list[bytes]) -> Iterator[Verdict]:
    """A request that came long after the answer to another has a later date in its own."""
    turn = next(number for number, one in enumerate(connection.responses) if one is response)
    requests = [one.time for one in connection.heard if one.kind == REQUEST]
    answers = [one for one in connection.heard if one.kind == RESPONSE]
    for before in answers[:turn]:
        if turn < len(requests) and requests[turn] - before.time >= STALE:
            about = f"{dates[0]!r}, as {requests[turn] - before.time:.1f} s before the request"
            yield "robust.date-stands-still", dates != before.data.values(b"date"), about


@tells("wire.http.chunked-not-to-http10", "wire.http.1xx-not-to-http10", "wire.req.expect-http10")
def old_client(connection: Connection, response: Response, asked: Asked | None) -> Iterator[Verdict]:
    """An HTTP/1.0 client gets neither chunks nor interim responses."""
    if asked is None or asked.version != b"1.0" or not response.status:
        return
    coded = response.values(b"transfer-encoding")
    early = [number for number, _ in response.informational]
    yield "wire.http.chunked-not-to-http10", not coded, f"{coded!r} to HTTP/1.0"
    if "wire.req.expect-http10" in asked.odd:
        about = f"status {response.status} after {early!r}, for an Expect on HTTP/1.0"
        yield "wire.req.expect-http10", not early and response.status != 417, about
    else:
        yield "wire.http.1xx-not-to-http10", not early, f"{early!r} to HTTP/1.0"


@tells("robust.close-said", "wire.http.connection-close", "wire.http.persistence")
def persistence(connection: Connection, response: Response, asked: Asked | None) -> Iterator[Verdict]:
    """The connection ends when one side has said so, and stays else."""
    if connection.http2 or asked is None or not response.complete or response.status == 101 or asked.faults:
        return
    turn = next(at for at, one in enumerate(connection.responses) if one is response)
    following = len(connection.responses) > turn + 1
    tokens = [t.strip().lower() for v in response.values(b"connection") for t in v.split(b",")]
    wanted = b"close" in asked.tokens(b"connection")
    if wanted and asked.version == b"1.1" and connection.end is not None:  # else it was not even closed
        about = f"connection is {response.values(b'connection')!r}, and the request said close"
        yield "robust.close-said", b"close" in tokens, about
    said = wanted or b"close" in tokens
    last = turn == len(connection.responses) - 1
    if said:
        waited = last and connection.stayed_open
        about = "another request was answered" if following else "the connection stays open"
        if waited or following or connection.end is not None:
            yield "wire.http.connection-close", not (waited or following), f"{about} after connection: close"
    elif asked.version == b"1.0" and asked.closes:
        if last and (connection.stayed_open or connection.end is not None) and response.framing != "close":
            about = "an HTTP/1.0 connection stays open, and nobody asked for it"
            yield "wire.http.persistence", not connection.stayed_open, about
    elif asked.version == b"1.1" and not connection.left and response.framing != "close":
        more = len(connection.asked) > turn + 1
        if (
            more and asked.plain and not asked.body and not _refused(connection)
        ):  # a body may be left unread, and the connection closed
            closed = last and connection.end is not None and connection.asked[turn + 1].plain
            closed = closed and len(connection.calls) <= turn + 1  # else it ended with the next request
            closed = closed and not _idle(connection, turn)
            about = "the connection was closed, and no side had said so"
            yield "wire.http.persistence", not closed, about


def _idle(connection: Connection, turn: int) -> bool:
    """Whether the next request came so late that a server may have given the connection up meanwhile."""
    requests = [one.time for one in connection.heard if one.kind in (REQUEST, WROTE)]
    answers = [one.time for one in connection.heard if one.kind == RESPONSE]
    return any(request - answers[turn] >= IDLE for request in requests)


def _refused(connection: Connection) -> bool:
    """Whether the app has had an event refused, after which a server may well give up."""
    steps = [step for step in connection.played.app if step.exchange in connection.calls]
    return any(step.kind == SENT and isinstance(step.data, dict) for step in steps)


CHECKS = (status_line, head, date, old_client, persistence)
