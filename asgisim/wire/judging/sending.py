"""What send does: takes what is right, refuses what is wrong, and ends in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asgisim.drive.wire.http import Response
from asgisim.model.trace import NOTE, RAISE, RECEIVE, SENT, WAIT, Step
from asgisim.wire.judging.asked import Asked
from asgisim.wire.judging.facts import Pair, Try, Verdict, tells
from asgisim.wire.judging.response import BODILESS, Sent, allowed, ended_early, taken_before

# What an event must and may hold: key, its type, and whether it must be there. None stands for anything.
Form = dict[str, tuple[type | None, bool]]
_START: Form = {"status": (int, True), "headers": (None, False), "trailers": (bool, False)}
_BODY: Form = {"body": (bytes, False), "more_body": (bool, False)}
_ACCEPT: Form = {"subprotocol": (str, False), "headers": (None, False)}
_FAILED: Form = {"message": (str, False)}
FORMS: dict[str, Form] = {
    "http.response.start": _START,
    "http.response.body": _BODY,
    "http.response.trailers": {"headers": (None, False), "more_trailers": (bool, False)},
    "http.response.early_hint": {"links": (None, False)},
    "websocket.accept": _ACCEPT,
    "websocket.send": {"bytes": (bytes, False), "text": (str, False)},
    "websocket.close": {"code": (int, False), "reason": (str, False)},
    "websocket.http.response.start": {"status": (int, True), "headers": (None, False)},
    "websocket.http.response.body": _BODY,
    "lifespan.startup.complete": {},
    "lifespan.startup.failed": _FAILED,
    "lifespan.shutdown.complete": {},
    "lifespan.shutdown.failed": _FAILED,
}
# Of extensions that may be listed; nothing is said of their form here.
EXTENSIONS = {
    "http.response.push", "http.response.zerocopysend", "http.response.pathsend", "http.response.debug",
    "http.response.early_hint", "http.response.trailers",
}  # fmt: skip


def said(one: Try) -> str:
    """What send raised, for a message."""
    return f"send raised {one.error['type']}: {one.error['text'][:120]}" if one.error else "send took it"


def wrong(event: Any) -> tuple[str, str] | None:
    """The rule by which an event is to be refused whatever the state, and what is wrong with it."""
    if not isinstance(event, dict):
        return "common.error.send-wrong-type", f"the event {event!r}"
    if "type" not in event:
        return "common.error.send-missing-key", "an event without a type"
    kind = event["type"]
    if type(kind) is not str:
        return "common.error.send-wrong-type", f"an event whose type is {kind!r}"
    if kind not in FORMS:
        return None if kind in EXTENSIONS else ("common.error.send-unknown-type", f"the type {kind!r}")
    for key, (wanted, required) in FORMS[kind].items():
        if key not in event:
            if required:
                return "common.error.send-missing-key", f"{kind} without {key}"
        elif wanted is not None and _differs(event[key], wanted, required):
            return "common.error.send-wrong-type", f"{kind} with {key} {event[key]!r}"
    return _bad_headers(kind, event)


def _differs(value: Any, wanted: type, required: bool) -> bool:
    if value is None:
        return required  # for what may be left out, None is often taken as nothing
    return not isinstance(value, wanted)


def _bad_headers(kind: str, event: dict[str, Any]) -> tuple[str, str] | None:
    headers = event.get("headers")
    if not isinstance(headers, list | tuple):
        return None
    for pair in headers:
        if isinstance(pair, list | tuple) and any(isinstance(one, str) for one in pair):
            return "common.error.send-wrong-type", f"{kind} with the header {pair!r}"
    return None


@tells("common.error.send-unknown-type", "common.error.send-missing-key", "common.error.send-wrong-type")
def refused(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """send raises for what is malformed."""
    for one in looked_at(pair):
        found = wrong(one.event)
        if found is None:
            continue
        kind = one.kind.partition(".")[0]
        if kind == "lifespan" and pair.kind != "lifespan":
            continue
        yield found[0], one.error is not None, f"send took {found[1]}"
        if one.error is None:
            return  # what follows may follow from it


def looked_at(pair: Pair) -> list[Try]:
    """The events up to the one that ends all, or to the end of the client: no more are looked at."""
    made: list[Try] | None = pair.made.get("looked at")
    if made is None:
        made = pair.made["looked at"] = []
        for one in pair.tries:
            if pair.over < one.time:
                break
            made.append(one)
            if one.error is None and _ends_all(one):
                break
    return made


def _ends_all(one: Try) -> bool:
    if one.kind.endswith("http.response.body"):
        return not one.event.get("more_body", False)
    return one.kind == "websocket.close"


@tells("common.event.extra-keys-server", "common.ext.accepted-when-listed")
def taken(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """send takes unknown keys, and the events of an extension that is listed."""
    if pair.left is not None or not pair.fair:
        return
    for one in looked_at(pair):
        if not isinstance(one.event, dict):
            return
        if one.group:
            continue  # which has a rule of its own
        form = FORMS.get(one.kind)
        if form is not None and any(key != "type" and key not in form for key in one.event):
            yield "common.event.extra-keys-server", one.error is None, f"{said(one)} for {one.event!r}"
        elif one.kind in pair.extensions or _denial(one, pair):
            yield "common.ext.accepted-when-listed", one.error is None, f"{said(one)} for {one.kind}"


def _denial(one: Try, pair: Pair) -> bool:
    return one.kind.startswith("websocket.http.response.") and "websocket.http.response" in pair.extensions


@tells(
    "common.send.value", "common.send.positional", "common.receive.awaitable", "common.app.positional-args"
)
def called_rightly(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The three things are called as the specification has it."""
    for step in pair.steps:
        if step.kind != NOTE:
            continue
        if isinstance(step.data, str) and step.data.startswith("send gave "):
            yield "common.send.value", False, step.data
        elif isinstance(step.data, dict) and "named" in step.data:
            yield "common.app.positional-args", False, f"{step.data['named']} were given by name"
        elif isinstance(step.data, dict) and step.data.get("failed") in ("receive", "body"):
            error = step.data["error"]
            about = f"receive failed with {error['type']}: {error['text'][:120]}"
            yield "common.receive.awaitable", error["type"] != "TypeError", about
    yield "common.app.positional-args", True, ""
    for one in pair.tries:
        error = one.error or {}
        odd = error.get("type") == "TypeError" and "positional argument" in error.get("text", "")
        yield "common.send.positional", not odd, said(one)
        if one.error is None:
            yield "common.send.value", True, ""
    if pair.received:
        yield "common.receive.awaitable", True, ""


@tells("common.send.returns", "common.concurrency.duplex")
def ends(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """send comes to an end, while a receive waits too."""
    waiting = False
    for place, step in enumerate(pair.steps):
        if step.kind == WAIT:
            waiting = True
        elif step.kind == RECEIVE:
            waiting = False
        elif step.kind == SENT and step.data == "blocked":
            before = pair.steps[place - 1].data
            if isinstance(before, dict) and "together" in before:
                pass  # which has a rule of its own
            elif waiting and pair.left is None and not _closing(pair, step):
                yield "common.concurrency.duplex", False, "send did not end while a receive was waiting"
            elif pair.left is not None or (_sent_size(pair) < 65_536 and not _closing(pair, step)):
                yield "common.send.returns", False, "send did not end"
            return
    if pair.tries:
        yield "common.send.returns", True, ""
        first = next((s.time for s in pair.steps if s.kind == WAIT), None)
        if first is not None and any(one.time > first and one.error is None for one in pair.tries):
            yield "common.concurrency.duplex", True, ""


def _closing(pair: Pair, blocked: Step) -> bool:
    """Whether it may have been a close, which may wait for the client's half of the closing handshake."""
    after = [one for one in pair.tries if one.time >= blocked.time]
    return pair.kind == "websocket" and (not after or after[0].kind == "websocket.close")


def _sent_size(pair: Pair) -> int:
    return sum(
        len(value) for event in pair.sent for value in event.values() if isinstance(value, bytes | str)
    )


CLOSED = (
    *(
        "http.send.closed.oserror",
        "http.send.closed.oserror-own-class",
        "common.error.send-after-close-no-op",
    ),
    *("websocket.send.closed.oserror",),
)


_FIRST = ("http.response.start", "websocket.accept", "websocket.close")  # with which an app may begin


@tells(*CLOSED)
def after_leaving(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """From 2.4 on send raises an OSError of the server's own once the app was told of the disconnect."""
    if pair.left is None:
        return
    told = [step.time for step in pair.disconnects]
    if not told:
        yield from _untold(pair)
        return
    done = pair.kind == "http" and any(
        one.kind == "http.response.body" and not one.event.get("more_body", False) and one.time < told[0]
        for one in pair.taken
    )
    sent = Sent.of(pair)
    if sent.lengths and not sent.announced:
        return  # that the length is wrong may be told at any time
    begun = any(one.kind in ("http.response.start", "websocket.accept") for one in pair.taken)
    for one in pair.tries:
        if one.time < told[0] or wrong(one.event) or one.index in pair.app_faults or done:
            continue
        if not begun and one.kind not in _FIRST:
            continue  # wrong whether the client is there or not
        if one.error is None:
            if pair.edition.has("2.4"):
                yield f"{pair.kind}.send.closed.oserror", False, "send took an event after the disconnect"
            else:
                yield "common.error.send-after-close-no-op", True, ""
            continue
        os_error = _os_error(one.error)
        if not pair.edition.has("2.4"):
            yield "common.error.send-after-close-no-op", os_error, said(one)
            continue
        yield f"{pair.kind}.send.closed.oserror", os_error, said(one)
        if os_error:
            yield "common.error.send-after-close-no-op", True, ""
            own = not _builtin(one.error["type"])
            if pair.kind == "http":
                yield "http.send.closed.oserror-own-class", own, said(one)


def _untold(pair: Pair) -> Iterator[Verdict]:
    """The first send, after the client left: the app knows of nothing, and may meet an OSError alone."""
    assert pair.left is not None
    for one in pair.tries:
        if one.time < pair.left.time or one.error is None:
            continue
        sound = wrong(one.event) is None and one.index not in pair.app_faults and one.kind in _FIRST
        if sound and not _os_error(one.error) and one is pair.tries[0]:
            rule = "common.error.send-after-close-no-op"
            yield f"{pair.kind}.send.closed.oserror" if pair.edition.has("2.4") else rule, False, said(one)
        return


def _os_error(error: dict[str, Any]) -> bool:
    return "builtins.OSError" in _above(error) or error["type"] == "OSError"


def _above(error: dict[str, Any]) -> list[str]:
    return list(error.get("above", ()))


def _builtin(name: str) -> bool:
    return "." not in name


@tells(
    *(
        f"{kind}.send.closed.{what}"
        for kind in ("http", "websocket")
        for what in ("server-catches", "not-logged")
    )
)
def own_error_back(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The error of send, come back out of the app, is known to the server."""
    raised = pair.raised
    if raised is None or raised.kind != RAISE or raised.data.get("own", True) or pair.left is None:
        return
    error = next((e.error for e in reversed(pair.tries) if e.error is not None), None)
    if error is None or _builtin(error["type"]) or "builtins.OSError" not in _above(error):
        return  # no error of its own, which is another matter
    played = pair.connection.played
    name = raised.data["type"].rpartition(".")[2]
    died = any(fact["what"] in ("server-died", "unhealthy") for fact in played.facts)
    yield f"{pair.kind}.send.closed.server-catches", not died, "the server did not live through its own error"
    if not died and played.log:
        at = played.log.find(name)
        told = at >= 0 and ("Traceback" in played.log or "ERROR" in played.log)
        line = played.log[max(0, played.log.rfind("\n", 0, at)) :].strip().partition("\n")[0]
        yield f"{pair.kind}.send.closed.not-logged", not told, f"the log has: {line[:120]}"
    elif not died:
        yield f"{pair.kind}.send.closed.not-logged", True, ""


@tells("common.app.lifetime", "http.scope.persists")
def lives(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The call lives as long as its connection, and long enough to clean up."""
    cancelled = pair.cancelled
    gone = pair.left or next(iter(pair.disconnects), None)
    if cancelled is None:
        if gone is not None and any(s.time > gone.time for s in pair.steps):
            yield "common.app.lifetime", True, ""
        elif pair.kind == "http" and pair.ended:
            yield "http.scope.persists", True, ""
        return
    if gone is not None:
        late = cancelled.time - gone.time
        yield "common.app.lifetime", late >= 0.1, f"the call was cancelled {late:.2f} s after the client left"
    elif pair.kind == "http" and not pair.connection.left:
        yield "http.scope.persists", False, "the call was cancelled while the client was there"


@tells("wire.http.persistence")
def cut_off(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """A connection is not given up while the app is at work on a request that came over it."""
    first = pair.tries[0] if pair.tries else None
    if first is None or first.error is None or pair.response is not None or pair.connection.end is None:
        return
    fine = first.kind == "http.response.start" and "headers" in first.event and allowed(first.event)
    if fine and not pair.connection.left and not asked.closes and taken_before(first, pair):
        about = f"the connection ended before the app had answered, and {said(first)}"
        yield "wire.http.persistence", False, about


# What an event does on the wire, although its extension is not listed.
@tells(
    *(
        "ext.early-hint.listed",
        "ext.trailers.listed",
        "ext.denial.listed",
    ),
    *("ext.early-hint.attempted", "ext.trailers.te-gate"),
)
def listed(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """What works is listed, and what is listed works."""
    response = pair.response
    if response is None:
        return
    if pair.kind == "http":
        yield from _hints(pair, asked)
        yield from _trailers(pair, asked)
    denial = [one for one in pair.taken if one.kind == "websocket.http.response.start"]
    if denial and pair.kind == "websocket" and type(status := denial[0].event.get("status")) is int:
        named = "websocket.http.response" in pair.extensions
        works = response.status == status and status not in (403, 500)
        if named or works:
            yield "ext.denial.listed", named, f"a denial with {status} went out, and is not listed"


def _hints(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    assert pair.response is not None
    hints = [one for one in pair.taken if one.kind == "http.response.early_hint"]
    if not hints or asked.version == b"1.0":
        return
    links = [link for one in hints for link in one.event.get("links", ()) if isinstance(link, bytes)]
    out = [
        v
        for number, lines in pair.response.informational
        if number == 103
        for n, v in lines
        if n.lower() == b"link"
    ]
    if "http.response.early_hint" in pair.extensions:
        yield "ext.early-hint.listed", True, ""
        if out and pair.fair:
            yield "ext.early-hint.attempted", out == links, f"{out!r} went out for {links!r}"
    elif out:
        yield "ext.early-hint.listed", False, "a 103 went out, and is not listed"


def _trailers(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    assert pair.response is not None
    events = [one for one in pair.taken if one.kind == "http.response.trailers"]
    started = any(e.event.get("trailers") is True for e in pair.taken if e.kind == "http.response.start")
    if not events or not started or asked.method == b"HEAD":
        return
    asked_for = b"trailers" in asked.tokens(b"te")
    out = pair.response.trailers
    if "http.response.trailers" not in pair.extensions:
        if out:
            yield "ext.trailers.listed", False, f"the trailers {out!r} went out, and are not listed"
        return
    yield "ext.trailers.listed", True, ""
    if not asked_for:
        yield "ext.trailers.te-gate", not out, f"{out!r} went out, and the client had not asked for trailers"
    elif ended_early(pair, asked):
        pass  # that has a rule of its own
    elif _holds_trailers(pair.response) and pair.response.complete and pair.fair:
        wanted = [tuple(line) for one in events for line in one.event.get("headers", ())]
        yield (
            "ext.trailers.te-gate",
            [(n.lower(), v) for n, v in out] == wanted,
            f"{out!r} went out for {wanted!r}",
        )


def _holds_trailers(response: Response) -> bool:
    """Whether there is a place for trailers: behind chunks, or behind the body of a stream."""
    return response.framing == "chunked" or (response.framing == "stream" and response.status not in BODILESS)


CHECKS = (*(refused, taken, called_rightly, ends, after_leaving, own_error_back, lives, cut_off, listed),)
