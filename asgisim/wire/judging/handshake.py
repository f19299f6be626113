"""The handshake of a WebSocket: held, accepted, refused or denied."""

from __future__ import annotations

from collections.abc import Iterator

from asgisim.drive.wire import frames, record
from asgisim.wire.judging.asked import Asked
from asgisim.wire.judging.facts import LONG, Pair, Try, Verdict, by_name, pairs_of, short, tells
from asgisim.wire.judging.response import Sent

OWN = frozenset(b"upgrade connection date server sec-websocket-accept sec-websocket-extensions".split())


@tells("wire.ws.101-waits", "websocket.connect.handshake-held")
def held(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """101 comes after accept, and not without it."""
    accepts = [one for one in pair.taken if one.kind == "websocket.accept"]
    for when, _, data in pair.connection.seen():
        if not accepts or accepts[0].time > when:
            early = data.startswith(b"HTTP/1.1 101")
            yield "websocket.connect.handshake-held", not early, "101 came before the app had accepted"
            if early:
                return
    if pair.response is not None and pair.response.status == 101 and _plain_end(pair):
        closes = [one for one in pair.taken if one.kind == "websocket.close"]
        if not (closes and not accepts):
            yield "wire.ws.101-waits", bool(accepts), "101 came, and the app has not accepted"


def _plain_end(pair: Pair) -> bool:
    first = next((one.kind for one in pair.taken), "")
    return first in ("", "websocket.accept")


@tells(
    "websocket.close.before-accept-403",
    "websocket.close.before-accept-no-handshake",
    "websocket.connect.denied-403",
    "wire.ws.reject",
)
def refused(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """Close before accept is a 403, and nothing else any more."""
    first = next((one.event for one in pair.taken), next(iter(pair.sending), None))
    if not isinstance(first, dict) or first.get("type") != "websocket.close":
        return
    response = pair.response
    if response is None:
        if pair.taken and pair.connection.in_vain("response", pair.taken[0].time):
            yield "wire.ws.reject", False, "the app has refused, and nothing came"
        return
    status = f"status {response.status}"
    if len(pair.tries) > 1 and any(one.kind == "websocket.accept" for one in pair.tries):
        yield "websocket.close.before-accept-no-handshake", response.status != 101, status
    elif response.status == 101:
        yield "websocket.connect.denied-403", False, status
        return
    if response.status != 101:
        yield "websocket.close.before-accept-403", response.status == 403, status
        yield "websocket.connect.denied-403", True, ""
        ended = response.complete or response.framing == "close" or response.broken != ""
        ended = ended and not pair.connection.stayed_open
        yield "wire.ws.reject", ended, "the answer, or its connection, does not end"


@tells("websocket.connect.no-answer")
def no_answer(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """An app that ends without an answer leaves no client waiting."""
    if pair.sent or pair.blocked or not pair.ended:
        return
    if pair.response is not None:
        yield (
            "websocket.connect.no-answer",
            pair.response.status >= 400 or pair.response.status == 101,
            f"status {pair.response.status}",
        )
    elif pair.connection.in_vain("response", pair.done):
        yield "websocket.connect.no-answer", False, "the app ended without an answer, and nothing came"


@tells("wire.ws.accept-hash", "wire.ws.extensions")
def switched(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The 101 is a right one."""
    response = pair.response
    if response is None or response.status != 101 or not asked.plain:
        return
    keys, proofs = asked.values(b"sec-websocket-key"), response.values(b"sec-websocket-accept")
    upgrade = b"websocket" in [v.lower() for v in response.values(b"upgrade")]
    joined = any(b"upgrade" in v.lower() for v in response.values(b"connection"))
    yield (
        "wire.ws.accept-hash",
        proofs == [frames.proof(keys[0])] and upgrade and joined,
        f"sec-websocket-accept is {proofs!r}" if upgrade and joined else "upgrade or connection is missing",
    )
    offered = {one.partition(b";")[0].strip() for one in asked.tokens(b"sec-websocket-extensions")}
    named = [
        part.partition(b";")[0].strip().lower()
        for value in response.values(b"sec-websocket-extensions")
        for part in value.split(b",")
    ]
    beyond = [one for one in named if one not in offered]
    yield "wire.ws.extensions", not beyond, f"{beyond!r} was not offered"


@tells("websocket.accept.subprotocol.default", "websocket.accept.subprotocol.sent", "wire.ws.subprotocol")
def subprotocol(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The subprotocol is the one that the app chose."""
    accepts = pair.of("websocket.accept")
    if pair.response is None or pair.response.status != 101 or not accepts:
        return
    chosen, seen = accepts[0].get("subprotocol"), pair.response.values(b"sec-websocket-protocol")
    offered = [
        part.strip() for value in asked.values(b"sec-websocket-protocol") for part in value.split(b",")
    ]
    own = pairs_of(accepts[0].get("headers") or ()) or []
    if any(name.lower() == b"sec-websocket-protocol" for name, _ in own):
        return
    if isinstance(chosen, str) and chosen.encode() in offered:
        if len(seen) > 1:
            yield "wire.ws.subprotocol", False, f"{seen!r} went out"
            return
        yield "websocket.accept.subprotocol.sent", seen == [chosen.encode()], f"{seen!r} for {chosen!r}"
        yield "wire.ws.subprotocol", True, ""
    elif isinstance(chosen, str):
        yield "wire.ws.subprotocol", not seen, f"{seen!r} went out, and was not offered"
    elif chosen is None:
        yield "websocket.accept.subprotocol.default", not seen, f"{seen!r} went out"


@tells(
    "websocket.accept.headers.default",
    "websocket.accept.headers.order",
    "websocket.accept.headers.delivered",
)
def headers(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The headers of accept go out as given."""
    for one in pair.tries:
        if one.kind == "websocket.accept" and "headers" not in one.event and one.index not in pair.app_faults:
            if pair.left is not None:
                continue
            error = one.error and f"send raised {one.error['type']}: {one.error['text']}"
            yield "websocket.accept.headers.default", error is None, f"{error} for an accept without headers"
    accepts = pair.of("websocket.accept")
    if pair.response is None or pair.response.status != 101 or not accepts or not pair.fair:
        return
    given = [
        (n.lower(), v) for n, v in pairs_of(accepts[0].get("headers") or ()) or () if n.lower() not in OWN
    ]
    given = [(n, v) for n, v in given if n != b"sec-websocket-protocol"]
    seen = [(n.lower(), v) for n, v in pair.response.headers if n.lower() in {name for name, _ in given}]
    if given:
        all_there = sorted(seen) == sorted(given)
        yield "websocket.accept.headers.delivered", all_there, f"{seen!r} for {given!r}"
        if all_there:
            yield "websocket.accept.headers.order", seen == given, f"{seen!r} for {given!r}"


def _refused_piece(one: Try, pair: Pair) -> bool:
    """Whether it is a piece of a denial that is right, and was refused while the client was there."""
    if one.kind != "websocket.http.response.body" or one.error is None or one.index in pair.app_faults:
        return False
    listed = "websocket.http.response" in pair.extensions
    return listed and pair.left is None and type(one.event.get("body", b"")) is bytes


@tells("ext.denial.body-stream", "ext.denial.sent-and-closed", "ext.denial.disconnect-after")
def denied(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """A denial goes out as the response that it is."""
    sent = Sent(pair, "websocket.http")
    refused = next((one for one in pair.tries if _refused_piece(one, pair)), None)
    if refused is not None and sent.once and not sent.whole:
        assert refused.error is not None
        error = f"send raised {refused.error['type']}: {refused.error['text'][:80]}"
        yield "ext.denial.body-stream", False, f"{error} for {refused.event!r}"
        return
    if not sent.once or "websocket.http.response" not in pair.extensions or not sent.whole or not pair.fair:
        return
    response = pair.response
    if response is None:
        if pair.connection.in_vain("response", pair.done):
            yield "ext.denial.sent-and-closed", False, "the denial is complete, and nothing came"
        return
    wanted = by_name([(n, v) for n, v in sent.headers or () if n.lower() not in (*OWN, b"content-length")])
    seen = by_name(response.headers)
    lost = [name for name, values in wanted.items() if seen.get(name) != values]
    about = f"status {response.status} for {sent.status}; {lost!r} changed"
    open_ = pair.connection.stayed_open
    yield (
        "ext.denial.sent-and-closed",
        response.status == sent.status and not lost and not open_,
        "the connection stays open" if open_ and response.status == sent.status else about,
    )
    if (
        response.status == sent.status
        and response.status not in (204, 304)
        and not (sent.lengths or sent.coded)
    ):
        holds = response.body == sent.data and (response.complete or response.framing == "close")
        yield "ext.denial.body-stream", holds, f"{short(response.body)} for {short(sent.data)}"
    yield from _disconnect(pair, "ext.denial.disconnect-after", "the denial")


@tells("websocket.disconnect.server-close")
def after_own_close(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """After the app's own close receive gives a disconnect."""
    if any(one.kind == "websocket.close" for one in pair.taken) and pair.fair:
        yield from _disconnect(pair, "websocket.disconnect.server-close", "the app's close")


def _disconnect(pair: Pair, rule: str, what: str) -> Iterator[Verdict]:
    if pair.got("websocket.disconnect"):
        yield rule, True, ""
        return
    closed = [one.time for one in pair.taken if one.kind in ("websocket.close",) or one.kind.endswith("body")]
    accepted = pair.response is not None and pair.response.status == 101
    # The closing handshake needs the client's half, which our scenarios give at once or never.
    answer = [
        one.time
        for one in pair.connection.heard
        if (one.kind == record.FRAME_OUT and one.data.get("opcode") in ("close", 8))
        or one.kind == record.CLOSED
    ]
    if accepted and not answer:
        return
    since = max([*closed, *answer])
    if (late := pair.waited_since(since)) >= LONG:
        yield rule, False, f"receive gave nothing for {late:.1f} s after {what}"


CHECKS = (held, refused, no_answer, switched, subprotocol, headers, denied, after_own_close)
