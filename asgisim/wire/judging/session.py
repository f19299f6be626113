"""An open WebSocket: messages both ways, pings, what a wrong frame leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from asgisim.drive.wire import frames, record
from asgisim.wire.judging.asked import Asked
from asgisim.wire.judging.at_once import AT_ONCE, as_seen
from asgisim.wire.judging.facts import Pair, Verdict, short, tells

Frame = dict[str, Any]


def accepted(pair: Pair) -> bool:
    """Whether the WebSocket was opened."""
    return bool(pair.of("websocket.accept")) and pair.response is not None and pair.response.status == 101


@tells("wire.ws.server-unmasked", "wire.ws.length-minimal")
def form(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The frames of the server are well formed."""
    for frame in pair.connection.frames:
        yield "wire.ws.server-unmasked", not frame.masked, f"opcode {frame.opcode} is masked"
        size = len(frame.data)
        least = 1 if size < 126 else 2 if size < 65536 else 8
        yield "wire.ws.length-minimal", frame.form == least, f"{frame.form} bytes of length for {size}"


@tells("websocket.send.order", "websocket.send.mode", AT_ONCE)
def to_client(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """What the app sends comes out, in its order and its mode; what it sends at once in any order."""
    got = frames.joined([(f.opcode, f.data, f.fin) for f in pair.connection.frames])
    calls: list[tuple[int, tuple[int, bytes]]] = []
    for one in pair.taken:
        if one.kind != "websocket.send":
            continue
        text, data = one.event.get("text"), one.event.get("bytes")
        if (text is None) == (data is None):
            return  # not allowed, so anything may come of it
        calls.append((one.group, (1, text.encode()) if isinstance(text, str) else (2, bytes(data or b""))))
    groups = [group for group, _ in calls]
    if any(groups) and (pair.blocked or any(one.group and one.error for one in pair.tries)):
        return  # whether these came out is open
    wanted = as_seen(calls, got)
    for place, ((mode, sent), (opcode, seen)) in enumerate(zip(wanted, got, strict=False)):
        rule = _rule_of(groups[: place + 1], sent)
        yield rule, sent == seen, f"{short(seen)} came for {short(sent)}"
        if sent != seen:
            return
        yield "websocket.send.mode", mode == opcode, f"opcode {opcode} came for {mode}"
    waited = accepted(pair) and (pair.connection.in_vain("frame", pair.done) or _closed_by_server(pair))
    if len(got) < len(wanted) and waited and not pair.connection.left and not any(_wrong(pair)):
        sent = wanted[len(got)][1]
        yield _rule_of(groups[: len(got) + 1], sent), False, f"{short(sent)} did not come"


def _rule_of(groups: list[int], message: bytes) -> str:
    """The rule for the last of these messages. An empty one may be lost without others beside it."""
    return AT_ONCE if message and any(groups) else "websocket.send.order"


def _closed_by_server(pair: Pair) -> bool:
    """Whether a close frame came although no one had closed, and the app went on."""
    closes = any(frame.opcode == 8 for frame in pair.connection.frames)
    own = any(frames.number(frame) == 8 for frame in pair.connection.frames_out)
    first = next((h.kind for h in pair.connection.heard if _is_close(h)), "")
    ended = pair.ended and not pair.got("websocket.disconnect")
    return closes and not pair.of("websocket.close") and not ended and (not own or first == record.FRAME)


def _is_close(one: record.Heard) -> bool:
    if one.kind == record.FRAME:
        return bool(one.data.opcode == 8)
    return one.kind == record.FRAME_OUT and frames.number(one.data) == 8


@tells("websocket.send.keys-optional", "websocket.send.one-of.rejected")
def keys(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """A key that is missing or None says nothing; one of the two has to say something."""
    if not accepted(pair) or _closed_by_server(pair):
        return
    for one in pair.tries:
        if one.kind != "websocket.send" or one.time > pair.over or one.group:
            continue
        text, data = one.event.get("text"), one.event.get("bytes")
        error = one.error and f"send raised {one.error['type']}: {one.error['text']}"
        if not isinstance(text, str | None) or not isinstance(data, bytes | None):
            continue
        before = [e for e in pair.taken if e.index < one.index and e.kind == "websocket.close"]
        if before:
            continue
        if (text is None) != (data is None):
            if one.index not in pair.app_faults:
                yield "websocket.send.keys-optional", error is None, f"{error} for {one.event!r}"
        else:
            how = "both bytes and text" if text is not None else "neither bytes nor text"
            yield "websocket.send.one-of.rejected", error is not None, f"send took a message with {how}"


@tells("wire.ws.pong", "websocket.server.ping-answered")
def pings(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """A ping is answered, and the app does not hear of it."""
    if not accepted(pair):
        return
    # Only where the client read on after the ping.
    read_on = [one.time for one in pair.connection.heard if one.kind in (record.FRAME, record.NOTHING)]
    pongs = [frame.data for frame in pair.connection.frames if frame.opcode == 10]
    messages = [e.get("text") or e.get("bytes") for e in pair.got("websocket.receive")]
    for one in pair.connection.heard:
        if one.kind != record.FRAME_OUT or frames.number(one.data) != 9 or not frames.is_clean(one.data):
            continue
        payload = one.data.get("data", b"")
        if payload and not any(
            _payload(f) == payload for f in pair.connection.frames_out if f is not one.data
        ):
            told = any(m in (payload, payload.decode("latin-1")) for m in messages)
            yield "websocket.server.ping-answered", not told, f"the app got {short(payload)} as a message"
        elif not payload:
            yield "websocket.server.ping-answered", True, ""
        waited = any(
            h.kind == record.NOTHING and h.data == "frame" and h.time > one.time
            for h in pair.connection.heard
        )
        if payload in pongs or (waited and read_on):
            yield "wire.ws.pong", payload in pongs, f"no pong with {short(payload)} among {pongs!r}"


def _payload(frame: Frame) -> bytes:
    data = frame.get("data", b"")
    return data if isinstance(data, bytes) else b""


@tells("websocket.server.fragments-joined", "websocket.receive.mode", "common.receive.once-and-in-order")
def to_app(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """What the client sends arrives, whole, once, in its order and its mode."""
    out = pair.connection.frames_out
    if not all(frames.is_clean(frame) for frame in out) or any(_wrong(pair)) or not accepted(pair):
        return
    numbers = [frames.number(frame) for frame in out]
    triples = [(n, _payload(f), f.get("fin", True)) for n, f in zip(numbers, out, strict=True)]
    wanted = frames.joined(triples)
    fragmented = any(n == 0 for n in numbers)
    got = pair.got("websocket.receive")
    if any(type(e.get("text")) not in (str, type(None)) for e in got):
        return  # a rule of its own tells of it
    seen = [_content(event) for event in got]
    pings = [_payload(frame) for frame in out if frames.number(frame) == 9]
    if any(one in pings for one in seen):
        return  # told as a ping that the app heard of
    sent = [data for _, data in wanted]
    if seen != sent[: len(seen)] and all(data in sent for data in seen) and not fragmented:
        yield "common.receive.once-and-in-order", False, f"the app got {seen!r} for {sent!r}"
        return
    if seen:
        yield "common.receive.once-and-in-order", True, ""
    for (opcode, data), event in zip(wanted, got, strict=False):
        same = _content(event) == data
        rule = "websocket.server.fragments-joined" if fragmented else "websocket.receive.mode"
        yield rule, same, f"the app got {_content(event)!r} for {short(data)}"
        if same:
            text = event.get("text")
            yield "websocket.receive.mode", (text is not None) == (opcode == 1), f"{event!r}"


def _content(event: dict[str, Any]) -> Any:
    text, data = event.get("text"), event.get("bytes")
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else data


# --- frames that no server may take ------------------------------------------------------------------


def _fault(frame: Frame, opened: int) -> str:
    """The rule that a frame of the client breaks; opened: the opcode of an unfinished message, or 0."""
    number, data = frames.number(frame), _payload(frame)
    if not frame.get("mask", True):
        return "wire.ws.client-masked"
    if frame.get("rsv"):
        return "wire.ws.rsv"
    if number not in (0, 1, 2, 8, 9, 10):
        return "wire.ws.opcode"
    if number >= 8:
        if len(data) > 125 or not frame.get("fin", True):
            return "wire.ws.control-frames"
        return "wire.ws.close-code-in" if number == 8 and not _legal_close(data) else ""
    if (number == 0) != bool(opened):
        return "wire.ws.fragments"
    return "?" if frame.get("size") else ""


def _legal_close(data: bytes) -> bool:
    if not data:
        return True
    code = int.from_bytes(data[:2], "big") if len(data) > 1 else 0
    legal = (1000 <= code <= 1014 and code not in (1004, 1005, 1006)) or 3000 <= code <= 4999
    return legal and _utf8(data[2:])


def _utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _wrong(pair: Pair) -> Iterator[tuple[int, str]]:
    """The frames of the client that break a rule: place and rule."""
    opened, text = 0, b""
    for place, frame in enumerate(pair.connection.frames_out):
        rule = _fault(frame, opened)
        if rule:
            yield place, rule
            return
        number = frames.number(frame)
        if number >= 8:
            continue
        opened = opened or number
        text = text + _payload(frame) if opened == 1 else b""
        if frame.get("fin", True):
            if opened == 1 and not _utf8(text):
                yield place, "wire.ws.utf8"
                return
            opened, text = 0, b""


WRONG = (
    *("wire.ws.client-masked", "wire.ws.rsv", "wire.ws.opcode", "wire.ws.control-frames"),
    *("wire.ws.fragments", "wire.ws.utf8", "wire.ws.close-code-in"),
)


@tells(*WRONG)
def wrong_frame(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """A frame that breaks RFC 6455 ends the connection, and tells the app nothing."""
    found = next(_wrong(pair), None)
    if found is None or found[1] == "?" or not accepted(pair) or asked.values(b"sec-websocket-extensions"):
        return
    place, rule = found
    out = pair.connection.frames_out
    when = [one.time for one in pair.connection.heard if one.kind == record.FRAME_OUT][place]
    closes = [frame for frame in pair.connection.frames if frame.opcode == 8]
    own = any(one.kind == "websocket.close" for one in pair.taken)
    if own or pair.connection.left:
        return
    data = _payload(out[place])
    taken = [e for e in pair.got("websocket.receive") if data and data in (_content(e) or b"")]
    if taken and rule != "wire.ws.close-code-in":
        yield rule, False, f"the app got {_content(taken[0])!r}"
    elif closes and rule in CODES:
        yield rule, CODES[rule](closes[0].code), f"the close frame has {closes[0].code}"
    elif closes or pair.connection.end is not None:
        yield rule, True, ""
    elif pair.connection.in_vain("frame", when) or pair.connection.in_vain("end", when):
        yield rule, False, "the connection goes on"


# Where the close frame says what was wrong, it has to say it rightly. Illegal codes are never echoed.
CODES: dict[str, Callable[[int | None], bool]] = {
    "wire.ws.close-code-in": lambda code: code in (1002, 1007, None),
    "wire.ws.utf8": lambda code: code in (1007, 1002, None),
}

CHECKS = (form, to_client, keys, pings, to_app, wrong_frame)
