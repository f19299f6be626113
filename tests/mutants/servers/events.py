"""Mutants whose receive gives a wrong event, or gives it at the wrong moment."""

from __future__ import annotations

from typing import Any

import anyio

from asgisim.reference.http import Exchange
from asgisim.reference.websocket import Session
from tests.mutants.servers.parts import Around, Fault, around, event, exchange, kind, session, without

NAN, INFINITE = float("nan"), float("inf")
REQUEST, GONE = "http.request", "http.disconnect"
MESSAGE, CONNECT, LOST = "websocket.receive", "websocket.connect", "websocket.disconnect"


def _each(rule: str, made: Around, *cases: str) -> Fault:
    return Fault(rule, around(made), cases)


def _put(kind: str, **values: Any) -> Around:
    return event(kind, lambda got: got.update(values))


def _drop(kind: str, key: str) -> Around:
    return event(kind, without(key))


def _queued(first: Any, around_: str = "http", always: bool = False) -> Around:
    """receive gives other events first."""

    def middleware(app: Any) -> Any:
        async def changed(scope: Any, receive: Any, send: Any) -> None:
            waiting = list(first) if scope["type"] == around_ else []

            async def other() -> Any:
                return waiting.pop(0) if waiting else await receive()

            await app(scope, other, send)

        return changed

    return middleware


def _after(kind: str, *events: Any) -> Around:
    """After an event of this type receive gives others."""

    def middleware(app: Any) -> Any:
        async def changed(scope: Any, receive: Any, send: Any) -> None:
            waiting: list[Any] = []

            async def other() -> Any:
                if waiting:
                    return waiting.pop(0)
                got = await receive()
                if got["type"] == kind and not got.get("more_body", False):
                    waiting.extend(events)
                return got

            await app(scope, other, send)

        return changed

    return middleware


def _numbered(got: dict[Any, Any]) -> None:
    got[1] = 2


def _text(got: dict[str, Any]) -> None:
    if got.get("text") is not None:
        got["bytes"] = got["text"].encode()


def _mode(got: dict[str, Any]) -> None:
    if got.get("text") is not None:
        got["bytes"] = got.pop("text").encode()


async def _told_after_response_only(self: Any) -> Any:
    got = await Exchange.receive(self)
    if got["type"] == GONE and self.link.eof:
        await anyio.sleep_forever()
    return got


async def _not_told_after_response(self: Any) -> Any:
    got = await Exchange.receive(self)
    if got["type"] == GONE and not self.link.eof:
        while not self.link.eof:
            await self.link.change()
    return got


async def _told_once(self: Any) -> Any:
    if self.told:
        await anyio.sleep_forever()
    return await Exchange.receive(self)


async def _no_last_piece(self: Any) -> Any:
    got = await Exchange.receive(self)
    if got["type"] == REQUEST and not got["more_body"]:
        return await Exchange.receive(self)
    return got


async def _empty(self: Any) -> Any:
    if self._whole and not self._over():
        return None
    return await Exchange.receive(self)


def _not_awaitable(app: Any) -> Any:
    async def changed(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, (lambda: {"type": REQUEST}) if scope["type"] == "http" else receive, send)

    return changed


def _lost_told(closed: bool) -> Any:
    async def receive(self: Any) -> Any:
        got = await Session.receive(self)
        if got["type"] == LOST and self.stage == "open" and (got["code"] != 1006) is closed:
            await anyio.sleep_forever()
        return got

    return receive


def _own_close_told(stages: tuple[str, ...]) -> Any:
    async def receive(self: Any) -> Any:
        got = await Session.receive(self)
        if got["type"] == LOST and self.stage in stages:
            await anyio.sleep_forever()
        return got

    return receive


async def _swapped(self: Any) -> Any:
    got = await Session.receive(self)
    if got["type"] == MESSAGE and self._events and self._events[0]["type"] == MESSAGE:
        other = self._events.popleft()
        self._events.appendleft(got)
        return other
    return got


class _Doubling(Session):
    async def receive(self) -> Any:
        before = getattr(self, "_last", None)
        if before is not None:
            self._last = None
            return before
        got = await super().receive()
        if got["type"] == MESSAGE:
            self._last = got
        return got


async def _pinged(self: Any, event: Any) -> Any:
    if type(event).__name__ == "Ping" and event.payload:
        self._events.append({"type": MESSAGE, "bytes": bytes(event.payload)})
        self.link.notify()
    await Session._take(self, event)


COMMON = [
    _each("common.event.dict", event(REQUEST, lambda got: list(got.items())), "get"),
    _each("common.event.type.present", _drop(REQUEST, "type"), "get"),
    _each("common.event.type.str", _put(REQUEST, type=b"http.request"), "get"),
    _each("common.keys.str", event(REQUEST, _numbered), "get"),
    _each("common.strings.bytes-exact", _put(REQUEST, asgisim=bytearray(b"x")), "get"),
    _each("common.event.allowed-types", _put(REQUEST, asgisim={1, 2}), "get"),
    _each("common.event.int-range", _put(REQUEST, asgisim=2**64), "get"),
    _each("common.event.float-nan", _put(REQUEST, asgisim=NAN), "get"),
    _each("common.event.float-infinity", _put(REQUEST, asgisim=INFINITE), "get"),
    _each("common.event.list-not-tuple", _put(REQUEST, asgisim=(1, 2)), "get"),
    _each("common.event.nested-dict-keys", _put(REQUEST, asgisim={1: 2}), "get"),
    Fault("common.receive.waits", exchange(receive=_empty), ("receive waits and goes on",)),
    Fault("common.receive.awaitable", around(_not_awaitable), ("get",)),
    Fault("common.receive.once-and-in-order", session(receive=_swapped), ("messages of the client",)),
    Fault("common.receive.once-and-in-order", kind(session=_Doubling), ("messages of the client",)),
]

HTTP = [
    _each("http.receive.types", _put(REQUEST, type="http.begin"), "get"),
    _each("http.request.body.type", _put(REQUEST, body=bytearray(b"")), "get"),
    _each(
        "http.request.more-body.type",
        event(REQUEST, lambda g: g.update(more_body=int(g["more_body"]))),
        "get",
    ),
    _each("http.request.first", _queued([{"type": GONE}]), "get"),
    _each(
        "http.request.none-after-last",
        _after(REQUEST, {"type": REQUEST, "body": b"", "more_body": False}),
        "receive waits and goes on",
    ),
    _each("http.request.none-after-disconnect", _after(GONE, {"type": REQUEST}), "receive waits and goes on"),
    _each("http.disconnect.not-early", _after(REQUEST, {"type": GONE}), "receive waits and goes on"),
    Fault("http.request.last-piece", exchange(receive=_no_last_piece), ("post",)),
    Fault(
        "http.disconnect.after-client-left", exchange(receive=_told_after_response_only), ("client leaves",)
    ),
    Fault(
        "http.disconnect.after-response",
        exchange(receive=_not_told_after_response),
        ("receive waits and goes on",),
    ),
    Fault("http.disconnect.repeats", exchange(receive=_told_once), ("receive waits and goes on",)),
    _each("http.request.body.complete", event(REQUEST, lambda g: g.update(body=g["body"][:200])), "post"),
]

WEBSOCKET = [
    _each("websocket.receive.types", _put(MESSAGE, type="websocket.message"), "messages of the client"),
    _each(
        "websocket.connect.first",
        _queued([{"type": MESSAGE, "text": "1"}], "websocket"),
        "accept without keys",
    ),
    _each("websocket.connect.once", _after(CONNECT, {"type": CONNECT}), "messages of the client"),
    _each(
        "websocket.receive.not-before-answer",
        _after(CONNECT, {"type": MESSAGE, "text": "1"}),
        "receive before the answer",
    ),
    _each(
        "websocket.receive.none-after-disconnect",
        _after(LOST, {"type": MESSAGE, "text": "1"}),
        "after the disconnect",
    ),
    _each("websocket.disconnect.last", _after(LOST, {"type": CONNECT}), "after the disconnect"),
    _each(
        "websocket.receive.bytes.type", event(MESSAGE, lambda g: _as(g, bytearray)), "messages of the client"
    ),
    _each("websocket.receive.text.type", event(MESSAGE, lambda g: _wrong_text(g)), "messages of the client"),
    _each("websocket.receive.one-of", event(MESSAGE, _text), "messages of the client"),
    _each("websocket.receive.mode", event(MESSAGE, _mode), "messages of the client"),
    _each("websocket.disconnect.code.present", _drop(LOST, "code"), "websocket"),
    _each(
        "websocket.disconnect.code.type", event(LOST, lambda g: g.update(code=str(g["code"]))), "websocket"
    ),
    _each(
        "websocket.disconnect.reason.type",
        event(LOST, lambda g: g.update(reason=g["reason"].encode())),
        "websocket",
    ),
    _each("websocket.disconnect.code.from-frame", _put(LOST, code=1000), "websocket"),
    _each("websocket.disconnect.reason.from-frame", _put(LOST, reason=""), "websocket"),
    _each(
        "websocket.disconnect.code.1005",
        event(LOST, lambda g: g["code"] == 1005 and g.update(code=1000) and None),
        "websocket, no code",
    ),
    _each(
        "websocket.disconnect.code.1006",
        event(LOST, lambda g: g["code"] == 1006 and g.update(code=1005) and None),
        "websocket, lost",
    ),
    Fault("websocket.disconnect.client-close", session(receive=_lost_told(True)), ("closed and left",)),
    Fault("websocket.disconnect.socket-loss", session(receive=_lost_told(False)), ("websocket, lost",)),
    Fault(
        "websocket.disconnect.server-close",
        session(receive=_own_close_told(("closed", "refused"))),
        ("websocket, closed",),
    ),
    Fault(
        "ext.denial.disconnect-after", session(receive=_own_close_told(("denied",))), ("a denial in pieces",)
    ),
    Fault("websocket.server.ping-answered", session(_take=_pinged), ("a ping",)),
    _each(
        "websocket.server.fragments-joined",
        event(MESSAGE, lambda g: g.update(text=g["text"][:3]) if g.get("text") else None),
        "websocket",
    ),
]


def _as(got: dict[str, Any], kind: Any) -> None:
    if got.get("bytes") is not None:
        got["bytes"] = kind(got["bytes"])


def _wrong_text(got: dict[str, Any]) -> None:
    if got.get("text") is not None:
        got["text"] = got["text"].encode()


FAULTS = [*COMMON, *HTTP, *WEBSOCKET]
