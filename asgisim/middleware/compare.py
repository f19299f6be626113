"""Alone against behind: what an inner app and its client see, and what of it differs through a middleware.

What a middleware may change is said, not guessed: by default headers may be added, a body may be
compressed, a request may be answered without the inner app, and client, scheme and host may follow
forwarding headers. Other differences are breaks unless the user allows them (``--may``).
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from asgisim.equal import Outcome, outcome
from asgisim.middleware.boundary import KEYS
from asgisim.middleware.exchanges import STRANGER
from asgisim.model import trace as t
from asgisim.model.trace import Trace
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import Rule

Difference = tuple[Rule, str]
SCOPE, RECEIVE, SEND, END, CALLED, AGAIN = (
    CATALOGUE[f"between.{name}"] for name in ("scope", "receive", "send", "end", "called", "again")
)
# What --may takes: a part of the scope, response headers by name, the body, the status, or the whole of one.
PARTS = ("body", "status", "lifespan", "request-body", "messages", "scope", "headers")
_OWN = {
    b"content-length",
    b"content-encoding",
    b"transfer-encoding",
    b"vary",
    b"etag",
    b"date",
    b"server",
    b"connection",
}
# Of these a response has one at most; clients take two for an error, or the wrong one of them.
_SINGLE = {
    b"content-type",
    b"content-length",
    b"location",
    b"etag",
    b"access-control-allow-origin",
    b"access-control-allow-credentials",
}
_POLICIES = (
    *(b"access-control-", b"content-security-policy", b"strict-transport-security", b"referrer-policy"),
    *(b"permissions-policy", b"cross-origin-", b"cache-control", b"x-"),
)
_FORWARDED = (b"forwarded", b"x-forwarded-", b"x-real-ip", b"x-script-name")
_FOLLOWS = {"client", "scheme", "server", "headers", "root_path", "path", "raw_path"}
_EXTRA = ("http.response.early_hint", "http.response.push", "http.response.debug", "http.response.trailers")


class Profile:
    """What the middleware may change. allowed: words of PARTS, ``scope:KEY`` or ``header:NAME``."""

    def __init__(self, allowed: frozenset[str] = frozenset()) -> None:
        self.allowed = allowed

    def may(self, part: str, name: str = "") -> bool:
        """Whether a part (or one key or name of it) may differ."""
        return part in self.allowed or f"{part}:{name}" in self.allowed


def differences(
    alone: Trace, behind: Trace, inner: tuple[list[Trace], list[Trace]], index: int, profile: Profile
) -> Iterator[Difference]:
    """What differs in one exchange. inner: what the inner app saw in it, alone and behind."""
    plain, odd = outcome(alone, index), outcome(behind, index)
    if not plain.ended or not odd.ended:
        return
    scope = _scope(alone, index)
    # A gateway may start the app by itself: that call is no answer to this exchange.
    seen_alone, seen_behind = (_of_type(calls, scope.get("type")) for calls in inner)
    if seen_alone and not seen_behind:
        if _answers_itself(scope, odd) or (_raised(plain) and _raised(odd)) or _gave_up(behind, index):
            return
        yield CALLED, f"the inner app was not called; {_told(odd)}, alone {_told(plain)}"
        answers = len(odd.lifespan)
        if 0 < answers < len(plain.lifespan) and odd.lifespan == plain.lifespan[:answers]:
            yield from _answered(plain, odd, profile)  # it answers itself, and not to the end
        return
    worse = plain.ended == "returned" or odd.ended.startswith("robust.")
    if worse and odd.ended != plain.ended and not _gave_up(behind, index):
        yield END, f"the call {_end(odd)}, alone it {_end(plain)}"
    if plain.ended != "returned" or odd.ended != "returned":
        return
    if seen_alone and seen_behind:
        # An inner app may answer otherwise to what it is given otherwise: only the first is told.
        given = list(_scopes(seen_alone[0].steps[0].data, seen_behind[0].steps[0].data, scope, profile))
        # Who turns a body into another may give it another type, but has to mend its length.
        given += (
            _stale(seen_alone[0], seen_behind[0])
            if given
            else _received(seen_alone[0], seen_behind[0], profile)
        )
        yield from given
        if given or _taken(seen_alone[0]) != _taken(seen_behind[0]):
            return
    if plain.lifespan or odd.lifespan:
        yield from _answered(plain, odd, profile)
        return
    yield from _answers(plain, odd, profile)
    yield from _others(alone, behind, index)


def _answered(plain: Outcome, odd: Outcome, profile: Profile) -> Iterator[Difference]:
    """What the server hears of a lifespan."""
    if plain.lifespan != odd.lifespan and not profile.may("lifespan"):
        yield (
            SEND,
            f"the lifespan was answered with {_words(odd.lifespan)}, alone with {_words(plain.lifespan)}",
        )


def _scope(trace: Trace, index: int) -> dict[str, Any]:
    for step in trace:
        if step.exchange == index and step.kind == t.SCOPE and isinstance(step.data, dict):
            return step.data
    return {}


def _of_type(calls: list[Trace], kind: Any) -> list[Trace]:
    """The calls with a scope of this type, all if there are none."""
    scopes = ((call, call.steps[0].data) for call in calls)
    return [call for call, scope in scopes if isinstance(scope, dict) and scope.get("type") == kind] or calls


def _answers_itself(scope: dict[str, Any], odd: Outcome) -> bool:
    """Whether the middleware has dealt with a request by itself, as one for access or redirects does."""
    if scope.get("type") == "http":
        return odd.ended == "returned" and odd.complete and isinstance(odd.status, int) and odd.status < 500
    if scope.get("type") == "websocket":
        dealt_with = odd.accepted or odd.close is not None or odd.status is not None
        return odd.ended == "returned" and dealt_with
    return False


def _raised(seen: Outcome) -> bool:
    return seen.ended.startswith("raised")


def _gave_up(trace: Trace, index: int) -> bool:
    """Whether the call let the server's own error of send through, as any app may."""
    return any(step.exchange == index and step.kind == t.RAISE and step.data.get("own") for step in trace)


def _end(seen: Outcome) -> str:
    return f"ends in {seen.ended}" if seen.ended.startswith("robust.") else seen.ended


# What the inner app sees


def _scopes(plain: Any, odd: Any, outer: dict[str, Any], profile: Profile) -> Iterator[Difference]:
    if not isinstance(plain, dict) or not isinstance(odd, dict) or profile.may("scope"):
        return
    pairs = _pairs(outer.get("headers"))
    forwarded = any(name.startswith(_FORWARDED) and value.strip() for name, value in pairs)
    for key in KEYS:
        if profile.may("scope", key) or (forwarded and key in _FOLLOWS):
            continue
        if key == "extensions":
            continue  # what a middleware cannot keep, it takes away
        if key not in odd and key in plain:
            yield SCOPE, f"scope[{key!r}] is missing, alone it is {_short(plain[key])}"
        elif key == "headers":
            yield from _kept(plain.get(key), odd.get(key))
        elif key == "asgi":
            continue  # what a middleware announces, it has to keep
        elif key in plain and key in odd and plain[key] and not odd[key]:
            yield SCOPE, f"scope[{key!r}] is empty, alone {_short(plain[key])}"
        elif key in plain and not _same(plain[key], odd[key]):
            yield SCOPE, f"scope[{key!r}] is {_short(odd[key])}, alone {_short(plain[key])}"


def _kept(plain: Any, odd: Any) -> Iterator[Difference]:
    """All headers are still there, those of one name perhaps joined to one."""
    missing = Counter(_pairs(plain)) - Counter(_pairs(odd))
    joined = [(name, one.strip()) for name, value in _pairs(odd) for one in re.split(rb"[;,]", value)]
    for name, value in missing:
        parts = [(name, one.strip()) for one in re.split(rb"[;,]", value)]
        if name.startswith(b"x-") and any(name == one for one, _ in joined):
            continue  # an id of its own, say
        if all(part in joined or not part[1] for part in parts) and any(name == one for one, _ in joined):
            continue
        yield SCOPE, f"the request header {name!r}: {_short(value)} does not reach the inner app"
        return


def _same(plain: Any, odd: Any) -> bool:
    """Equal, a list as good as a tuple."""
    if isinstance(plain, list | tuple) and isinstance(odd, list | tuple):
        return list(plain) == list(odd)
    return bool(plain == odd) or not (plain or odd)  # None and nothing are the same there


def _received(plain: Trace, odd: Trace, profile: Profile) -> Iterator[Difference]:
    one, other = _taken(plain), _taken(odd)
    if profile.may("request-body"):
        yield from _stale(plain, odd)
    # Only where both have read to the end is what they read the same.
    if one["whole"] and other["whole"] and one["body"] != other["body"] and not profile.may("request-body"):
        yield RECEIVE, f"the inner app reads the body {_short(other['body'])}, alone {_short(one['body'])}"
    elif stale := list(_stale(plain, odd)):
        yield from stale
    elif one["whole"] and not other["whole"] and other["left"] and not one["left"]:
        yield (
            RECEIVE,
            f"the inner app reads {_short(other['body'])} and then a disconnect, alone {_short(one['body'])}",
        )
    if one["messages"] != other["messages"] and not profile.may("messages"):
        yield (
            RECEIVE,
            f"the inner app gets the messages {_short(other['messages'])}, alone {_short(one['messages'])}",
        )


def _stale(plain: Trace, odd: Trace) -> Iterator[Difference]:
    """A content-length that was true and is not any more."""
    one, other = _taken(plain), _taken(odd)
    if other["whole"] and _says(plain, one) and not _says(odd, other):
        yield (
            RECEIVE,
            f"content-length is not that of the body that the inner app reads, {len(other['body'])}",
        )


def _says(trace: Trace, taken: dict[str, Any]) -> bool:
    """Whether the scope's content-length, if there is one, is that of the body."""
    scope = trace.steps[0].data
    lengths = [value for name, value in _pairs(scope.get("headers")) if name == b"content-length"]
    return all(value.isdigit() and int(value) == len(taken["body"]) for value in lengths)


def _taken(trace: Trace) -> dict[str, Any]:
    found: dict[str, Any] = {"body": b"", "whole": False, "left": False, "messages": []}
    for step in trace:
        if step.kind != t.RECEIVE or not isinstance(step.data, dict):
            continue
        kind = step.data.get("type")
        if kind == "http.request" and not found["whole"]:
            found["body"] += step.data.get("body") or b""
            found["whole"] = not step.data.get("more_body", False)
        elif kind == "websocket.receive":
            text = step.data.get("text")
            found["messages"].append(text if text is not None else step.data.get("bytes"))
        elif str(kind).endswith(".disconnect"):
            found["left"] = True
    return found


# What the client sees


def _answers(plain: Outcome, odd: Outcome, profile: Profile) -> Iterator[Difference]:
    if odd.status != plain.status and not profile.may("status"):
        yield SEND, f"the status is {odd.status}, alone {plain.status}"
        return
    if (odd.accepted, odd.close) != (plain.accepted, plain.close):
        yield SEND, f"{_told(odd)}, alone {_told(plain)}"
    if plain.complete and not odd.complete:
        yield SEND, "the response has no end, alone it has"
    yield from _headers(plain, odd, profile)
    if plain.complete and odd.complete and not profile.may("body"):
        decoded, meant = _decoded(odd), _decoded(plain)
        if decoded is not None and decoded != meant and meant is not None:
            yield SEND, f"the body is {_short(decoded)}, alone {_short(meant)}"
    if odd.messages != plain.messages and not profile.may("messages"):
        yield SEND, f"the messages are {_short(list(odd.messages))}, alone {_short(list(plain.messages))}"


def _headers(plain: Outcome, odd: Outcome, profile: Profile) -> Iterator[Difference]:
    if profile.may("headers"):
        return
    missing = Counter(plain.headers) - Counter(odd.headers)
    for name, value in sorted(missing):
        if (
            name.lower() in _OWN
            or _is_replaced(name, plain, odd)
            or profile.may("header", name.decode("latin-1").lower())
        ):
            continue
        if name.lower() == b"content-type" and value in dict(odd.headers).get(name, b""):
            continue  # a charset was added
        yield SEND, f"the response header {name!r}: {_short(value)} is lost"
        return
    before, after = (Counter(name.lower() for name, _ in seen.headers) for seen in (plain, odd))
    for name in sorted(_SINGLE & after.keys()):
        if after[name] > max(before[name], 1) and not profile.may("header", name.decode("latin-1")):
            yield SEND, f"the response has the header {name!r} {after[name]} times, alone {before[name]}"
            return


def _is_replaced(name: bytes, plain: Outcome, odd: Outcome) -> bool:
    """Whether a header that is a policy, or of no standard, has another value: some are for that."""
    if not name.lower().startswith(_POLICIES):
        return False
    return sum(one == name for one, _ in odd.headers) >= sum(one == name for one, _ in plain.headers)


def _decoded(seen: Outcome) -> bytes | None:
    """The body without its content-encodings, None where that cannot be undone here."""
    lines = [value.lower() for name, value in seen.headers if name.lower() == b"content-encoding"]
    body: bytes = seen.body
    for encoding in reversed(b",".join(lines).replace(b" ", b"").split(b",")):
        try:
            if encoding in (b"gzip", b"x-gzip"):
                body = gzip.decompress(body)
            elif encoding == b"deflate":
                body = zlib.decompress(body)
            elif encoding not in (b"identity", b""):
                return None
        except (OSError, EOFError, zlib.error):
            return b""
    return body


def _others(alone: Trace, behind: Trace, index: int) -> Iterator[Difference]:
    """Events of extensions that the inner app could use, since its scope had them."""
    for kind in _EXTRA:
        plain, odd = _count(alone, index, kind), _count(behind, index, kind)
        if plain and odd < plain:
            yield SEND, f"{kind} does not reach the client"


def _count(trace: Trace, index: int, kind: str) -> int:
    return sum(
        step.exchange == index
        and step.kind == t.SEND
        and isinstance(step.data, dict)
        and step.data.get("type") == kind
        for step in trace
    )


def repeated(trace: Trace) -> Iterator[Difference]:
    """What differs between two equal exchanges that followed each other through one middleware."""
    first, second = outcome(trace, 0), outcome(trace, 1)
    if not (first.good and second.ended):
        return
    if (first.ended, first.status, first.accepted) != (second.ended, second.status, second.accepted):
        if second.status != 429:
            yield AGAIN, f"the second time: {_told(second)}, the first time: {_told(first)}"
        return
    more = Counter(name for name, _ in second.headers) - Counter(name for name, _ in first.headers)
    for name in more:
        yield AGAIN, f"the second response has the header {name!r} once more than the first"
        return


def told_of_a_stranger(trace: Trace) -> Iterator[Difference]:
    """A header of the second response that has what the first client has said of itself, and no other."""
    second = outcome(trace, 1)
    if any(STRANGER in value for _, value in _pairs(_scope(trace, 1).get("headers"))):
        return
    for name, value in second.headers:
        if STRANGER in value:
            yield AGAIN, f"the second response has {name!r} of the first client: {_short(value)}"
            return


def _pairs(headers: Any) -> list[tuple[bytes, bytes]]:
    try:
        return [(bytes(name).lower(), bytes(value)) for name, value in headers or ()]
    except (TypeError, ValueError):
        return []


def _told(seen: Outcome) -> str:
    words = [f"status {seen.status}"] if seen.status is not None else []
    words += ["accepted"] if seen.accepted else []
    words += [f"close {seen.close}"] if seen.close is not None else []
    words += [_words(seen.lifespan)] if seen.lifespan else []
    return ", ".join([*words, f"the call {_end(seen)}"])


def _words(answers: tuple[str, ...]) -> str:
    return " and ".join(answer.removeprefix("lifespan.") for answer in answers) or "nothing"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:50]}... ({len(value)} long)"
