"""What the client got, against what the app sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from asgisim.drive.wire.http import Reader, Response
from asgisim.model.codec import OneShot
from asgisim.model.trace import SEND, SENT
from asgisim.wire.judging.asked import Asked
from asgisim.wire.judging.at_once import AT_ONCE, TooMany, as_in
from asgisim.wire.judging.facts import SHORT, Pair, Try, Verdict, by_name, pairs_of, raw_head, short, tells
from asgisim.wire.judging.once import once
from asgisim.wire.judging.scope import OWN

BODILESS = (204, 205, 304)


class Sent:
    """The response that the app sent, as far as it did. prefix: http, or websocket.http for a denial."""

    def __init__(self, pair: Pair, prefix: str = "http") -> None:
        self.pair = pair
        self.prefix = prefix
        begins = f"{prefix}.response."
        events = [one.event for one in pair.taken if one.kind.startswith(begins)]
        starts = [one for one in events if one["type"] == f"{prefix}.response.start"]
        bodies = [one for one in events if one["type"] == f"{prefix}.response.body"]
        end = next((at + 1 for at, event in enumerate(bodies) if not event.get("more_body", False)), 0)
        self.once = len(starts) == 1 and events[0] is starts[0]
        self.start: dict[str, Any] = starts[0] if starts else {}
        self.bodies = bodies[:end] if end else bodies  # what is sent after the end is no part of it
        self.beyond = bodies[end:] if end else []
        self.pieces = [one.get("body", b"") for one in self.bodies if type(one.get("body", b"")) is bytes]
        self.at_once = any(one.group for one in pair.taken)  # whether the order of some pieces is open
        self.sorted = True  # whether it was found which order it was, or there was none
        if self.at_once:
            self._as_it_came()
        self.data = b"".join(self.pieces)
        self.status = self.start.get("status")
        self.headers = pairs_of(self.start.get("headers", ()))
        self.whole = bool(starts and end)
        self.trailing = self.start.get("trailers") is True and "http.response.trailers" in pair.extensions
        trailers = [one for one in events if one["type"] == "http.response.trailers"] if self.trailing else []
        self.trailers = [line for one in trailers for line in pairs_of(one.get("headers", ())) or ()]
        if self.trailing:
            self.whole = self.whole and any(not one.get("more_trailers", False) for one in trailers)

    def _as_it_came(self) -> None:
        groups = {id(one.event): one.group for one in self.pair.taken}
        pieces = zip((groups[id(one)] for one in self.bodies), self.pieces, strict=False)
        body = self.pair.response.body if self.pair.response is not None else b""
        try:
            self.pieces = as_in(body, list(pieces)) or self.pieces
        except TooMany:
            self.sorted = False

    @once
    def lengths(self) -> list[bytes]:
        """The values of the app's content-length."""
        return [value for name, value in self.headers or () if name.lower() == b"content-length"]

    @once
    def coded(self) -> bool:
        """Whether the app sent a transfer-encoding."""
        return any(name.lower() == b"transfer-encoding" for name, _ in self.headers or ())

    @once
    def wanted(self) -> list[dict[str, Any]]:
        """The pieces of the body that the app handed over, taken or refused."""
        return [one.event for one in self.pair.tries if one.kind == f"{self.prefix}.response.body"]

    @once
    def tried(self) -> int:
        """How many bytes the app wanted to send."""
        return sum(len(one["body"]) for one in self.wanted if type(one.get("body")) is bytes)

    @once
    def tried_whole(self) -> bool:
        """Whether the app wanted to end."""
        return any(not one.get("more_body", False) for one in self.wanted)

    @classmethod
    def of(cls, pair: Pair) -> Sent:
        """The one of this pair, made once: many checks ask for it."""
        made: Sent | None = pair.made.get("sent")
        if made is None:
            made = pair.made["sent"] = cls(pair)
        return made

    @property
    def announced(self) -> bool:
        """Whether the app itself announced this length: its message is whole, whatever it says after."""
        return self.lengths == [b"%d" % len(self.data)]


def comparable(pair: Pair, sent: Sent) -> Response | None:
    """The response, if it must be the app's."""
    response = pair.response
    if response is None or not sent.once or response.status != sent.status or sent.headers is None:
        return None  # replaced by the server's own, which it may do before the head is out
    if response.status == 500 and not sent.whole and pair.ended:
        return None  # it may be the server's own, which has the same status
    return response


@tells(
    "wire.http.no-header-injection",
    "wire.http.header-name-token",
    "wire.http.set-cookie-apart",
    "http.response.start.headers.duplicates",
    "http.response.start.headers.any-iterable",
    "http.response.start.headers.order",
    "http.response.start.content-encoding",
)
def headers(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The headers of the app go out as given."""
    sent = Sent.of(pair)
    yield from refused(pair)
    yield from odd_names(pair)
    response = comparable(pair, sent)
    if response is None or pair.kind != "http" or response.broken not in ("", "eof", "reset"):
        return
    given = [(n.lower(), v.strip(b" \t")) for n, v in sent.headers or () if n.lower() not in OWN]
    yield from sane(given, response)
    if any(not _token(n) or _torn(v) for n, v in given):
        return
    wanted, seen = by_name(given), by_name(response.headers)
    for name, values in wanted.items():
        found = seen.get(name, [])
        about = f"{name!r} went out as {found!r}, and the app sent {values!r}"
        if name == b"set-cookie" and len(values) > 1:
            yield "wire.http.set-cookie-apart", len(found) >= len(values), about
        elif len(values) > 1:
            yield "http.response.start.headers.duplicates", len(found) == len(values), about
        elif name == b"content-encoding":
            yield "http.response.start.content-encoding", found == values, about
        else:
            yield "http.response.start.headers.any-iterable", values[0] in found, about
    names = [name for name, _ in given]
    order = [n.lower() for n, _ in response.headers if n.lower() in wanted]
    if sorted(order) == sorted(names):
        same = order == names and all(seen[name] == values for name, values in wanted.items())
        yield "http.response.start.headers.order", same, f"{order!r} for {names!r}"


def refused(pair: Pair) -> Iterator[Verdict]:
    """Headers that would break the head, and were not taken."""
    for one in pair.tries if len(pair.taken) < len(pair.tries) else ():
        if one.error is None or one.kind != "http.response.start":
            continue
        for name, value in pairs_of(one.event.get("headers", ())) or ():
            if _torn(value):
                yield "wire.http.no-header-injection", True, ""
            elif not _token(name):
                yield "wire.http.header-name-token", True, ""


_NO_TOKEN = re.compile(rb'[\x00-\x20"(),/:;<=>?@\[\\\]{}\x80-\xff]')
_TEARING = re.compile(rb"[\r\n\0]")


def _token(name: bytes) -> bool:
    return not _NO_TOKEN.search(name)


def _torn(value: bytes) -> bool:
    return bool(_TEARING.search(value))


def sane(given: list[tuple[bytes, bytes]], response: Response) -> Iterator[Verdict]:
    """Headers of the app cannot break the head."""
    torn = [value for _, value in given if _torn(value)]
    if torn:
        head = response.raw.partition(b"\r\n\r\n")[0]
        out = [value for value in torn if value in response.raw[: len(head) + len(value) + 4]]
        yield "wire.http.no-header-injection", not out, f"{out!r} went out as it was"


def odd_names(pair: Pair) -> Iterator[Verdict]:
    """What is no name of a header does not go out as one. A strict reader takes no such response at all."""
    if pair.response is None or pair.kind != "http":
        return
    given = [
        line for event in pair.of("http.response.start") for line in pairs_of(event.get("headers", ())) or ()
    ]
    odd = [name for name, _ in given if not _token(name) and not _torn(name)]
    if odd:
        head = pair.response.raw.partition(b"\r\n\r\n")[0]
        out = [name for name in odd if name + b":" in head]
        yield "wire.http.header-name-token", not out, f"{out!r} went out as the name of a header"


@tells("http.response.start.headers.default", "http.response.start.headers.any-iterable")
def start_taken(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """A start without headers, with a generator of them, or with any that HTTP allows, is a start."""
    for one in pair.tries:
        if one.kind not in ("http.response.start", "websocket.http.response.start"):
            continue
        if one.index in pair.app_faults or pair.left is not None:
            return
        error = one.error and f"send raised {one.error['type']}: {one.error['text']}"
        if "headers" not in one.event:
            yield "http.response.start.headers.default", error is None, f"{error} for a start without headers"
        elif isinstance(one.event["headers"], OneShot):
            yield "http.response.start.headers.any-iterable", error is None, f"{error} for a generator"
        elif one is pair.tries[0] and _refused_for_them(one, pair):
            about = f"{error} for headers that HTTP allows: {one.event['headers']!r}"
            yield "http.response.start.headers.any-iterable", False, about


def _refused_for_them(one: Try, pair: Pair) -> bool:
    """Whether send raised, and nothing but the headers can be why: it was called as it should take it."""
    if one.error is None or pair.connection.left or "positional argument" in one.error["text"]:
        return False
    return allowed(one.event) and not taken_before(one, pair)


def taken_before(one: Try, pair: Pair) -> bool:
    """Whether another call was free to send the very same."""
    steps = pair.connection.played.app.steps
    for place, step in enumerate(steps):
        if step.kind == SEND and step.exchange != pair.call and step.data == one.event:
            mine = [other for other in steps[place + 1 :] if other.exchange == step.exchange]
            return not (mine and mine[0].kind == SENT)
    return False


def allowed(event: dict[str, Any]) -> bool:
    """Whether a server has no reason to refuse: few plain headers, none of which is its own affair."""
    lines, status = pairs_of(event["headers"]), event.get("status")
    return (
        bool(lines)
        and len(lines or ()) <= 10
        and event.keys() == {"type", "status", "headers"}  # what is more than that has a rule of its own
        and event["type"] == "http.response.start"
        and type(status) is int
        and 200 <= status < 600
        and all(
            name.lower() not in OWN and _token(name) and _PLAIN.match(value) for name, value in lines or ()
        )
    )


_PLAIN = re.compile(rb"[\x21-\x7e]([\t\x20-\x7e]{0,200}[\x21-\x7e])?\Z")


@tells("http.response.start.transfer-encoding.ignored", "wire.http.app-te-harmless")
def own_coding(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """A transfer-encoding of the app neither goes out nor breaks the message."""
    sent, response = Sent.of(pair), pair.response
    if response is None or not sent.coded or pair.kind != "http" or not sent.whole:
        return
    status, lines = (response.status, response.headers) if response.status else raw_head(response.raw)
    if status != sent.status:
        return
    coded = [value for name, value in sent.headers or () if name.lower() == b"transfer-encoding"]
    out = [one for one in coded if one != b"chunked" and _named(one, lines)]
    read = response.complete and (_bare(asked, response) or response.body == sent.data)
    yield "http.response.start.transfer-encoding.ignored", not out, f"{out!r} went out"
    if not out:
        about = f"{short(response.body)} {response.broken!r} for {short(sent.data)}"
        yield "wire.http.app-te-harmless", read or bool(sent.lengths and not sent.announced), about


def _named(coding: bytes, lines: list[tuple[bytes, bytes]]) -> bool:
    told = by_name(lines).get(b"transfer-encoding", [])
    return any(coding == part.strip() for value in told for part in value.split(b","))


@tells(
    "http.response.body.concatenated",
    "http.response.body.body.default",
    "wire.http.length-exact",
    "wire.http.length-excess",
    "wire.http.chunked-valid",
    "wire.http.framing-chosen",
    "wire.req.pipeline-order",
    AT_ONCE,
)
def content(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The body is the pieces of the app, whole and framed as it should be."""
    sent = Sent.of(pair)
    response = comparable(pair, sent)
    if response is None or pair.kind != "http" or _bare(asked, response) or sent.coded:
        return
    extra = pair.connection.extra if pair.is_last else b""
    body, data = response.body, sent.data
    if response.framing == "stream" and sent.lengths and not sent.announced:
        return  # malformed on both sides, and RFC 9113 leaves it to the client
    if sent.lengths and not sent.announced:
        yield from _wrong_length(sent, response, extra)
        return
    if not sent.whole:
        return
    about = f"{short(body)} for {short(data)}"
    if sent.at_once:
        if sent.sorted and (response.complete or response.broken):
            about = f"{response.broken} {about}" if response.broken else about
            yield AT_ONCE, response.complete and body == data, about
        return
    if response.framing == "chunked":
        cut = b"" in sent.pieces and body != data and data.startswith(body)
        broken = response.broken not in ("", "eof", "reset")
        detail = response.broken if broken else f"an empty piece ended the message: {about}"
        yield "wire.http.chunked-valid", not broken and not (cut and response.complete), detail
        if broken or cut:
            return
    if response.framing == "close" and pair.left is None:
        open_ = not response.complete and response.broken == ""
        yield "wire.http.framing-chosen", not open_, "neither a length, nor chunks, nor an end"
    if not response.complete:
        return
    others = [
        Sent(Pair(pair.connection, call, [])).data for call in pair.connection.calls if call != pair.call
    ]
    if others and pair.connection.asked[0].end and len(pair.connection.asked) > 1:
        mixed = body != data and body in others
        yield "wire.req.pipeline-order", not mixed, f"{short(body)} answers another request"
        if mixed:
            return
    if sent.announced:
        yield "wire.http.length-exact", body == data and not extra, f"{about}, and then {short(extra)}"
    elif not all("body" in one for one in sent.bodies):
        yield "http.response.body.body.default", body == data, f"{about}, and one piece had no body"
    else:
        yield "http.response.body.concatenated", body == data, about


def _bare(asked: Asked, response: Response) -> bool:
    return asked.method == b"HEAD" or response.status in BODILESS


def _wrong_length(sent: Sent, response: Response, extra: bytes) -> Iterator[Verdict]:
    """The app announced another length than it sent."""
    if len(set(sent.lengths)) > 1 or not sent.lengths[0].isdigit() or not sent.tried_whole:
        return
    told = int(sent.lengths[0])
    if sent.tried > told:
        out = len(response.body) > told or bool(extra)
        yield (
            "wire.http.length-excess",
            not out,
            f"{short(response.body + extra)} went out after {told} bytes",
        )
    else:
        full = response.complete and response.framing == "length"
        honest = response.values(b"content-length") == [b"%d" % len(sent.data)]
        about = "the message is whole, and was made shorter than its length"
        yield "wire.http.length-short", not full or honest, about


@tells("wire.http.length-short")
def short_is_closed(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """A message that is shorter than announced ends with its connection."""
    sent = Sent.of(pair)
    response = comparable(pair, sent)
    if response is None or response.framing != "length" or _bare(asked, response) or sent.coded:
        return
    told = sent.lengths[0] if len(sent.lengths) == 1 and sent.lengths[0].isdigit() else b""
    if told and int(told) > sent.tried and pair.ended and sent.tried_whole:
        waits = not response.complete and response.broken == ""
        yield "wire.http.length-short", not waits, f"{len(sent.data)} of {int(told)} bytes, and no end"


@tells("wire.http.head-no-body", "wire.http.204-no-body", "wire.http.304-no-body", "wire.http.205-no-content")
def no_body(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """What never has a body has none."""
    sent = Sent.of(pair)
    response = comparable(pair, sent)
    if response is None or pair.kind != "http":
        return
    extra = pair.connection.extra if pair.is_last else _leftover(pair)
    extra += response.body if response.framing == "stream" and response.status != 205 else b""
    if asked.method == b"HEAD":
        yield "wire.http.head-no-body", not extra, f"{short(extra)} after the answer to HEAD"
    elif response.status in (204, 304):
        about = f"{short(extra)} after a {response.status}"
        yield f"wire.http.{response.status}-no-body", not extra, about
    elif response.status == 205:
        yield "wire.http.205-no-content", not response.body, f"{short(response.body)} with a 205"


def _leftover(pair: Pair) -> bytes:
    """What came after the answer, in the place of the next one, and is none."""
    following = pair.connection.responses[pair.turn + 1 : pair.turn + 2]
    raw = following[0].raw if following and not following[0].status else b""
    return b"" if raw.startswith(b"HTTP/"[: len(raw)]) else raw


@tells(
    "http.response.body.completes",
    "http.response.body.more-body.default",
    "http.response.start.trailers.default",
    "ext.trailers.more.completes",
)
def completes(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """What the app has ended is ended."""
    sent = Sent.of(pair)
    if pair.kind != "http" or not sent.whole or sent.headers is None or not pair.is_last or not sent.once:
        return
    if (sent.lengths and not sent.announced) or sent.coded or not pair.fair:
        return
    response = pair.response
    if response is not None and (not response.status or (asked.version == b"1.0" and _coded(response))):
        return  # no reader can tell where it ends, of which other rules tell
    cut = response is not None and response.broken in ("eof", "reset") and response.framing != "close"
    done = (
        response is not None
        and not cut
        and (response.complete or response.broken != "" or response.framing == "close")
    )
    if _bare(asked, response) if response is not None else False:
        return
    last = sent.bodies[-1]
    rule = "http.response.body.completes"
    if sent.trailing:
        rule = "ext.trailers.more.completes"
    elif "more_body" not in last:
        rule = "http.response.body.more-body.default"
    if "trailers" not in sent.start and "http.response.trailers" in pair.extensions and not done:
        rule = "http.response.start.trailers.default"
    if done:
        yield rule, True, ""
        if not sent.trailing and "trailers" not in sent.start:
            yield "http.response.start.trailers.default", True, ""
    elif cut:
        yield rule, False, "the app has ended its response, and the client did not get its end"
    elif pair.connection.in_vain("response", pair.done) or response is not None:
        yield rule, False, "the app has ended its response, and the client still waits"


@tells("http.response.missing", "common.error.terminate-instance", "http.response.unfinished")
def given_up(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """A call that ends early does not leave the client waiting."""
    sent = Sent.of(pair)
    if pair.kind != "http" or not pair.ended or sent.whole or pair.left is not None or not pair.is_last:
        return
    if sent.lengths and sent.tried_whole:
        return  # it wanted to end, and the length was wrong
    response = pair.response
    silent = response is None and pair.connection.in_vain("response", pair.done)
    if response is not None and not response.complete and response.broken == "":
        silent = pair.connection.in_vain("response", 0.0) or pair.connection.end is None
    if response is None and not silent and pair.connection.end is None:
        return  # nobody waited
    what = "the client still waits"
    if pair.raised is not None:
        yield "common.error.terminate-instance", not silent, f"the app raised, and {what}"
    elif not sent.start:
        # What the answer is, is not said: that there is one, or an end, is the least.
        yield "http.response.missing", not silent, f"the app ended without a response, and {what}"
    else:
        yield (
            "http.response.unfinished",
            not silent,
            f"the app ended in the middle of its response, and {what}",
        )


@tells("wire.http.abort-visible")
def abort(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """What the app has not ended does not look whole."""
    sent = Sent.of(pair)
    response = comparable(pair, sent)
    if response is None or sent.whole or not pair.ended or sent.announced or _bare(asked, response):
        return
    if pair.blocked:
        return  # what was still to be sent may have gone out at last
    if response.framing in ("chunked", "length", "stream") and pair.kind == "http":
        about = "a whole message, and the app had not ended it"
        yield "wire.http.abort-visible", not response.complete, about


@tells("http.response.after-complete.ignored")
def after_the_end(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """What is sent after the end does not go out."""
    sent = Sent.of(pair)
    if not sent.beyond or pair.kind != "http" or not pair.is_last:
        return
    extra = pair.connection.extra
    late = [one["body"] for one in sent.beyond if one.get("body")]
    out = [one for one in late if one in extra]
    yield "http.response.after-complete.ignored", not out, f"{out!r} went out after the end"


@tells("http.response.body.flushed", "http.response.start.trailers.wait")
def in_time(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """A piece is on its way when send returns; the end of the message is not before the trailers."""
    if pair.kind != "http" or pair.turn or asked.method == b"HEAD":
        return
    if Sent.of(pair).trailing and pair.connection.http2:
        return  # the body alone does not tell of its end
    trailing = Sent.of(pair).trailing
    for when, wanted, data in pair.connection.seen():
        before = [one for one in pair.taken if one.time < when]
        out = b"".join(one.event.get("body", b"") for one in before if one.kind == "http.response.body")
        started = any(one.kind == "http.response.start" for one in before)
        if not started:
            continue
        if trailing:
            told = any(one.kind == "http.response.trailers" for one in before)
            ended = any(not e.event.get("more_body", False) for e in before if e.kind.endswith("body"))
            if ended and not told:
                about = "the message has ended before its trailers"
                yield "http.response.start.trailers.wait", not _parsed(asked, data).complete, about
        elif wanted and out.endswith(wanted) and not any(e.kind.endswith("trailers") for e in before):
            about = f"{short(wanted)} was sent, and {short(data)} has come within {SHORT} s"
            yield "http.response.body.flushed", wanted in data, about


def _coded(response: Response) -> bool:
    return bool(response.values(b"transfer-encoding"))


def ended_early(pair: Pair, asked: Asked) -> bool:
    """Whether the client saw the end of the message before the trailers were sent."""
    sent = [one.time for one in pair.taken if one.kind == "http.response.trailers"]
    return any(
        _parsed(asked, data).complete
        for when, _, data in pair.connection.seen()
        if not sent or when < sent[0]
    )


def _parsed(asked: Asked, data: bytes) -> Response:
    reader = Reader(asked.method)
    reader.feed(data)
    return reader.settle()


CHECKS = (
    *(headers, start_taken, own_coding, content, short_is_closed, no_body, completes, given_up, abort),
    *(after_the_end, in_time),
)
