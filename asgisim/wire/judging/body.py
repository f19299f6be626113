"""The request's body as the app gets it, and the events around it."""

from __future__ import annotations

from collections.abc import Iterator

from asgisim.drive.wire import record
from asgisim.model.trace import NOTE, RECEIVE, WAIT, Step
from asgisim.wire.judging.asked import Asked
from asgisim.wire.judging.facts import LONG, Pair, Verdict, pairs_of, short, tells


def joined(pair: Pair) -> bytes:
    """The body that the app was given so far."""
    return b"".join(
        part.get("body", b"")
        for part in pair.got("http.request")
        if isinstance(part.get("body", b""), bytes | bytearray)
    )


def given_whole(pair: Pair) -> bool:
    """Whether the app was told that the body is complete."""
    parts = pair.got("http.request")
    return bool(parts) and parts[-1].get("more_body", False) is False


@tells(
    "http.request.body.complete",
    "http.request.body.dechunked",
    "wire.req.chunk-extension",
    "wire.req.pipeline-bodies",
)
def content(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The joined pieces are what the client sent."""
    if pair.kind != "http" or not asked.plain or not given_whole(pair):
        return
    body = joined(pair)
    holds = body == asked.body
    about = f"the app got {short(body)}, not {short(asked.body)}"
    following = pair.connection.asked[pair.turn + 1 :]
    if following:
        first = following[0].method + b" " + following[0].target
        yield "wire.req.pipeline-bodies", holds or first not in body, about
        if first in body:
            return
    if "wire.req.chunk-extension" in asked.odd:
        yield "wire.req.chunk-extension", holds, about
    elif asked.framing == "chunked":
        yield "http.request.body.dechunked", holds, about
    else:
        yield "http.request.body.complete", holds, about


@tells("http.request.last-piece", "http.request.body.complete")
def last_piece(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """A body that has come whole is ended by an event that says so."""
    if pair.kind != "http" or not asked.plain or not any(s.kind in (RECEIVE, WAIT) for s in pair.steps):
        return
    if given_whole(pair):
        yield "http.request.last-piece", True, ""
        return
    sent = max(one.time for one in pair.connection.heard if one.kind in (record.REQUEST, record.WROTE))
    told = pair.disconnects[0].time if pair.disconnects else float("inf")
    late = [step for step in pair.waits(sent) if step.time - sent >= LONG and step.time < told]
    if pair.connection.left or not late:
        return
    body = joined(pair)
    if body == asked.body:
        yield "http.request.last-piece", False, f"all of {short(body)} was given, and no event said so"
    else:
        yield "http.request.body.complete", False, f"the app got {short(body)} and no more"


@tells("wire.req.truncated")
def truncated(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """A body that breaks off is not passed off as whole."""
    if pair.kind != "http" or asked.faults or asked.whole or not pair.connection.left:
        return
    if pair.received:
        about = f"the app got {short(joined(pair))} as a whole body, and more was announced"
        yield "wire.req.truncated", not given_whole(pair), about


@tells("wire.req.chunk-trailers")
def trailers_apart(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The trailers of a request are not among its headers."""
    if pair.kind != "http" or not asked.trailers:
        return
    own = {name.lower() for name, _ in asked.headers}
    seen = {name.lower() for name, _ in pairs_of(pair.scope.get("headers")) or ()}
    mixed = sorted(({name.lower() for name, _ in asked.trailers} - own) & seen)
    yield "wire.req.chunk-trailers", not mixed, f"{mixed!r} came as trailers, and stand among the headers"


@tells("wire.req.unread-body", "http.scope.one-per-request")
def next_request(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """What follows a body is the next request, read or not."""
    if pair.kind != "http" or not pair.turn or not asked.plain or asked.authority is not None:
        return
    before = pair.connection.asked[pair.turn - 1]
    wanted = (asked.method.decode(), asked.path.partition(b"?")[0])
    seen = (pair.scope.get("method"), pair.scope.get("raw_path", wanted[1]))
    previous = Pair(pair.connection, pair.connection.calls[pair.turn - 1], [])
    if before.body and not given_whole(previous):
        about = f"{seen!r} was called for {wanted!r}, after a body that the app did not read"
        yield "wire.req.unread-body", seen == wanted, about
    yield "http.scope.one-per-request", True, ""


@tells(
    "http.disconnect.after-client-left",
    "websocket.disconnect.socket-loss",
    "websocket.disconnect.client-close",
)
def told_that_client_left(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """A receive after the client left gives the disconnect."""
    if pair.kind == "http":
        if pair.left is None:
            return
        gone = since = pair.left.time
        rule = "http.disconnect.after-client-left"
    else:
        open_ = pair.response is not None and pair.response.status == 101
        closed = next((one for one in pair.connection.heard if _closes(one)), None) if open_ else None
        if closed is None and pair.left is None:
            return
        gone = since = max(one.time for one in (closed, pair.left) if one is not None)
        if closed and pair.left is None:
            since = _both_closed(pair, gone)
        rule = f"websocket.disconnect.{'client-close' if closed else 'socket-loss'}"
        own = [one.event for one in pair.tries] + pair.sending
        if closed and any(isinstance(one, dict) and one.get("type") == "websocket.close" for one in own):
            return  # the app's own close, which has a rule of its own
    cancelled = pair.cancelled
    if cancelled is not None and str(cancelled.data).endswith(record.IN_RECEIVE) and not pair.disconnects:
        yield rule, False, "the client left, and the call was cancelled in its receive"
        return
    told = pair.disconnects[0].time if pair.disconnects else float("inf")
    error = next((note for note in pair.of_kind(NOTE) if _raised(note) and gone <= note.time < told), None)
    if error is not None:
        about = f"{error.data['error']['type']}: {error.data['error']['text'][:120]}"
        yield rule, False, f"the client left, and receive raised {about}"
        return
    late = max((step.time - since for step in pair.waits(since) if step.time < told), default=0.0)
    if pair.disconnects and late < LONG:
        yield rule, True, ""
    elif late >= LONG:
        yield rule, False, f"receive gave nothing for {late:.1f} s after the client left"


def _raised(step: Step) -> bool:
    """Whether receive raised, and not since it was called wrongly."""
    told = step.data if isinstance(step.data, dict) else {}
    return told.get("failed") in ("receive", "body") and told["error"]["type"] != "TypeError"


def _both_closed(pair: Pair, gone: float) -> float:
    """When both sides had said that they close. Until then the connection counts as closing.

    A server that has ended its half may wait for the client's, which our scenarios do not end.
    """
    echo = next((one.time for one in pair.connection.heard if _is_close(one)), None)
    end = pair.connection.played.ends.get(pair.connection.number, float("inf"))
    return max(gone, echo) if echo is not None and end > echo + LONG else float("inf")


def _is_close(one: record.Heard) -> bool:
    return one.kind == record.FRAME and one.data.opcode == 8


def _closes(one: record.Heard) -> bool:
    return one.kind == record.FRAME_OUT and one.data.get("opcode") in ("close", 8)


@tells("http.disconnect.after-response", "http.disconnect.repeats")
def told_of_the_end(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """After the response, and after a disconnect, receive gives http.disconnect."""
    if pair.kind != "http":
        return
    times = [step.time for step in pair.disconnects]
    ends = [
        one.time
        for one in pair.taken
        if one.kind == "http.response.body" and not one.event.get("more_body", False)
    ]
    if ends and pair.left is None and pair.fair:
        late = [step for step in pair.waits(ends[0]) if step.time - ends[0] >= LONG]
        early = [time for time in times if not late or time < late[0].time]
        if any(time > ends[0] for time in early):
            yield "http.disconnect.after-response", True, ""
        elif not early and late:
            yield (
                "http.disconnect.after-response",
                False,
                "the response is complete, and receive gave nothing",
            )
    if len(times) > 1:
        yield "http.disconnect.repeats", True, ""
    elif times and pair.waited_since(times[0]) >= LONG:
        yield "http.disconnect.repeats", False, "receive gave http.disconnect, and nothing when called again"


CHECKS = (
    *(content, last_piece, truncated, trailers_apart, next_request, told_that_client_left),
    told_of_the_end,
)
