"""How a WebSocket ends: close frames, codes and reasons both ways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asgisim.drive.wire import frames, record
from asgisim.wire.judging.asked import Asked
from asgisim.wire.judging.facts import LONG, Pair, Verdict, short, tells
from asgisim.wire.judging.session import _legal_close, _utf8, _wrong, accepted


def _client_closes(pair: Pair) -> list[dict[str, Any]]:
    return [frame for frame in pair.connection.frames_out if frames.number(frame) == 8]


def _first_close(pair: Pair) -> str:
    """Which side's close frame was seen first: frame (the server's), frame-out, or neither."""
    for one in pair.connection.heard:
        if one.kind == record.FRAME and one.data.opcode == 8:
            return record.FRAME
        if one.kind == record.FRAME_OUT and frames.number(one.data) == 8:
            return record.FRAME_OUT
    return ""


@tells("wire.ws.close-codes", "wire.ws.close-reason")
def legal(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """Whatever the app asks for, the close frame is a legal one."""
    for frame in pair.connection.frames:
        if frame.opcode != 8:
            continue
        code, reason = frame.code, frame.data[2:]
        if code is not None:
            fine = (1000 <= code <= 1014 and code not in (1004, 1005, 1006)) or 3000 <= code <= 4999
            yield "wire.ws.close-codes", fine, f"{code} went out"
        well = len(frame.data) <= 125 and _utf8(reason)
        yield "wire.ws.close-reason", well, f"a reason of {len(reason)} bytes: {short(reason)}"


@tells(
    "websocket.close.code.default",
    "websocket.close.code.on-wire",
    "websocket.close.reason.default",
    "websocket.close.reason.on-wire",
)
def by_app(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The close frame carries what the app said."""
    closes = pair.of("websocket.close")
    seen = [frame for frame in pair.connection.frames if frame.opcode == 8]
    if not closes or not accepted(pair) or any(_wrong(pair)):
        return
    told, reason = closes[0].get("code"), closes[0].get("reason")
    since = next(one.time for one in pair.taken if one.kind == "websocket.close")
    until = _close_time(pair) if _client_closes(pair) else float("inf")
    quiet = _first_close(pair) != record.FRAME and any(
        one.kind == record.NOTHING and one.data == "frame" and since < one.time < until
        for one in pair.connection.heard
    )
    came = seen or any(frame.opcode == 8 for frame in pair.connection.late_frames)
    quiet = quiet or (not came and pair.connection.end is not None and not _client_closes(pair))
    if quiet and not pair.connection.left and pair.fair:
        rule = "websocket.close.code.default" if told is None else "websocket.close.code.on-wire"
        yield rule, False, "the app has closed, and no close frame came"
        return
    if _first_close(pair) != record.FRAME:
        return
    code, found = seen[0].code, seen[0].data[2:]
    if told is None:
        yield "websocket.close.code.default", code == 1000, f"{code} went out"
    elif type(told) is int and (
        3000 <= told <= 4999 or told in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011)
    ):
        yield "websocket.close.code.on-wire", code == told, f"{code} went out for {told}"
    if not reason:
        yield "websocket.close.reason.default", not found, f"{found!r} went out, and there was no reason"
    elif isinstance(reason, str) and reason.isascii() and len(reason) <= 123 and pair.edition.has("2.3"):
        yield "websocket.close.reason.on-wire", found == reason.encode(), f"{found!r} for {reason!r}"


@tells("wire.ws.close-echo", "wire.ws.tcp-close")
def by_client(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """A close frame of the client is answered by one, and then the connection ends."""
    closes, seen = _client_closes(pair), [f for f in pair.connection.frames if f.opcode == 8]
    if not closes or not accepted(pair) or any(_wrong(pair)):
        return
    own = any(one.kind == "websocket.close" for one in pair.tries) or pair.ended_before(_close_time(pair))
    if not own and not pair.connection.left:
        ended = pair.connection.end is not None and not pair.connection.extra
        quiet = pair.connection.in_vain("frame", _close_time(pair)) or ended
        if seen or quiet:
            what = f"{len(seen)} close frames came"
            if seen and pair.connection.extra:
                what += f", and then {short(pair.connection.extra)}"
            yield "wire.ws.close-echo", len(seen) == 1 and not pair.connection.extra, what
    if seen and not pair.connection.left:
        waited = pair.connection.stayed_open or _waited_long(pair)
        if waited or pair.connection.end is not None:
            yield (
                "wire.ws.tcp-close",
                not waited,
                "both close frames were sent, and the connection stays open",
            )


def _waited_long(pair: Pair) -> bool:
    """Whether the client waited in vain for long after both close frames, whatever came of it later."""
    times = [one.time for one in pair.connection.heard if one.kind == record.FRAME and one.data.opcode == 8]
    both = max(times[0], _close_time(pair))
    waits = [
        one.time for one in pair.connection.heard if one.kind == record.NOTHING and one.data != "response"
    ]
    return any(when - both >= LONG for when in waits)


def _in_message(pair: Pair) -> bool:
    """Whether the client closed within a message of several frames, which some count as its mistake."""
    open_ = False
    for frame in pair.connection.frames_out:
        if frames.number(frame) == 8:
            break
        if frames.number(frame) < 8:
            open_ = not frame.get("fin", True)
    return open_


def _close_time(pair: Pair) -> float:
    return next(
        one.time
        for one in pair.connection.heard
        if one.kind == record.FRAME_OUT and frames.number(one.data) == 8
    )


@tells("wire.ws.abnormal-end", "websocket.scope.app-ends-socket-closes")
def app_ended(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """An app that ends ends its WebSocket; one that fails does so with an error code."""
    if not accepted(pair) or not pair.ended or pair.of("websocket.close") or pair.left is not None:
        return
    if _client_closes(pair) or pair.got("websocket.disconnect") or any(_wrong(pair)):
        return
    last = pair.returned or pair.raised
    assert last is not None
    quiet = pair.connection.in_vain("frame", last.time) or pair.connection.in_vain("end", last.time)
    all_frames = (*pair.connection.frames, *pair.connection.late_frames)
    closes = [frame for frame in all_frames if frame.opcode == 8]
    how = "raised" if pair.raised else "returned"
    if not closes and pair.connection.end is None:
        if quiet:
            yield (
                "websocket.scope.app-ends-socket-closes",
                False,
                f"the app {how}, and the WebSocket stays open",
            )
        return
    yield "websocket.scope.app-ends-socket-closes", True, ""
    if pair.raised and pair.raised.data.get("own", True):
        code = closes[0].code if closes else None
        about = f"the close frame has {code}" if closes else "no close frame came"
        yield "wire.ws.abnormal-end", code not in (None, 1000, 1001), about


@tells(
    "websocket.disconnect.code.1005",
    "websocket.disconnect.code.1006",
    "websocket.disconnect.code.from-frame",
    "websocket.disconnect.reason.from-frame",
)
def told(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The disconnect carries what the client's close frame said."""
    events = pair.got("websocket.disconnect")
    if not events or not accepted(pair) or pair.of("websocket.close") or any(_wrong(pair)):
        return
    code, reason = events[0].get("code"), events[0].get("reason")
    if type(code) is not int or type(reason) not in (str, type(None)) or pair.ended_before_disconnect:
        return  # another rule has told of it
    closes = _client_closes(pair)
    if closes:
        data = closes[0].get("data", b"")
        number = int.from_bytes(data[:2], "big") if len(data) >= 2 else None
        if number is None:
            about = f"{code!r} for a frame without one"
            yield "websocket.disconnect.code.1005", code == 1005, about
        elif _legal_close(data) and not _in_message(pair):
            about = f"{code!r} for a close frame with {number}"
            yield "websocket.disconnect.code.from-frame", code == number, about
            if reason is not None or (data[2:] and pair.edition.has("2.5")):
                same = isinstance(reason, str) and reason.encode() == data[2:]
                about = f"{reason!r} for {data[2:]!r}"
                yield "websocket.disconnect.reason.from-frame", same, about
    elif pair.connection.has(record.CLOSED):
        yield "websocket.disconnect.code.1006", code == 1006, f"{code!r} for a lost connection"


CHECKS = (legal, by_app, by_client, app_ended, told)
