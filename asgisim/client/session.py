"""WebSocket for the test client: one session with an app, in process, judged as it goes."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from typing import Any

from asgisim.client.calls import BUFFER_BYTES, BUFFER_EVENTS, Call, Settings, pairs

try:
    import httpx
except ImportError as error:  # pragma: no cover (the tests have httpx)
    raise ImportError("asgisim.Client needs httpx: pip install 'asgisim[client]'") from error


class WebSocketClosed(Exception):
    """The session is over. code, reason: as the app (or, where `by_app` is False, this side) closed it."""

    def __init__(self, code: int, reason: str, by_app: bool) -> None:
        self.code = code
        self.reason = reason
        self.by_app = by_app
        super().__init__(f"closed by the {'app' if by_app else 'client'} with {code} {reason}".rstrip())


class WebSocketRefused(Exception):
    """The app did not accept. code, reason: of its websocket.close, None and "" for a denial response.

    response: what a client on the network sees: the denial response, 403 for a close, 500 for no answer.
    """

    def __init__(self, code: int | None, reason: str, response: httpx.Response) -> None:
        self.code = code
        self.reason = reason
        self.response = response
        how = "a denial response" if code is None else f"close {code} {reason}".rstrip()
        super().__init__(f"refused with {how}: status {response.status_code}")


class WebSocketCall(Call):
    """One session, seen from the app's side."""

    protocol = "websocket"

    def __init__(self, settings: Settings, scope: dict[str, Any]) -> None:
        super().__init__(settings, scope)
        self.accepted = False
        self.subprotocol: str | None = None
        self.headers: list[tuple[bytes, bytes]] = []
        self.messages: deque[str | bytes] = deque()
        self.code: int | None = None  # of the app's close
        self.reason = ""
        self.status = 0  # of a denial response
        self.content = b""
        self._buffered = 0
        self._farewell: dict[str, Any] | None = None
        self.inbox.append({"type": "websocket.connect"})

    def next_event(self) -> dict[str, Any] | None:
        if self.inbox:
            return self.inbox.popleft()
        return self._farewell

    def take(self, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind == "websocket.send":
            if self.accepted:
                self._take_message(event)
        elif kind == "websocket.accept" and not self.accepted:
            self.headers = pairs(event.get("headers") or ())
            self.subprotocol = event.get("subprotocol")
            self.accepted = True
        elif kind == "websocket.close":
            code, reason = event.get("code", 1000), event.get("reason") or ""
            if not isinstance(code, int) or not isinstance(reason, str):
                raise TypeError(f"code and reason are {code!r} and {reason!r}")
            self.code, self.reason = code, reason
            self._complete(code if self.accepted else 1006)
        elif kind == "websocket.http.response.start" and not self.accepted:
            self.headers = pairs(event.get("headers") or ())
            self.status = int(event["status"])
        elif kind == "websocket.http.response.body" and self.status:
            self.content += event.get("body", b"")
            if not event.get("more_body", False):
                self._complete(1006)

    def _take_message(self, event: dict[str, Any]) -> None:
        content = event.get("text")
        if content is None:
            content = event.get("bytes")
        if not isinstance(content, (str, bytes)):
            raise TypeError("a message is text or bytes")
        self.messages.append(content)
        self._buffered += len(content)

    def _complete(self, code: int) -> None:
        self.complete = True
        self._farewell = {"type": "websocket.disconnect", "code": code}

    def _is_closed(self) -> bool:
        return self.gone or self.complete

    def is_full(self) -> bool:
        """Whether more was sent than the client may leave unread."""
        return not self.complete and (self._buffered > BUFFER_BYTES or len(self.messages) >= BUFFER_EVENTS)

    def next_message(self) -> str | bytes | None:
        """The next message that is there."""
        if not self.messages:
            return None
        message = self.messages.popleft()
        self._buffered -= len(message)
        if self.held:
            self.wake()
        return message

    def give(self, message: str | bytes) -> None:
        """A message for the app."""
        key = "text" if isinstance(message, str) else "bytes"
        self.inbox.append({"type": "websocket.receive", key: message})
        self._bell.ring()

    def lose(self, code: int = 1006, reason: str = "") -> None:
        """The client goes: with a close frame, or (1006) without."""
        if self.gone or self.ended or self.complete:
            return
        farewell: dict[str, Any] = {"type": "websocket.disconnect", "code": code}
        self._farewell = {**farewell, "reason": reason} if code != 1006 else farewell
        self.leave("lost" if code == 1006 else {"code": code, "reason": reason})

    def answered(self) -> bool:
        """Whether the handshake is over, or will never be."""
        return bool(self.accepted or self.complete or self.ended or self.broken or self.unusable)

    def has_more(self) -> bool:
        """Whether there is a message, or the knowledge that there is none."""
        over = self.complete or self.ended or self.gone
        return bool(self.messages or over or self.broken or self.unusable)


class WebSocket:
    """An open session, as the client holds it.

    subprotocol: that the app chose. scope: as the app got it. close_code,
    close_reason: of whoever closed first, None and "" while it is open. Every wait is bounded by `timeout`
    (real seconds, None for no bound), and then raises TimeoutError, which says where the app waits.
    """

    def __init__(self, call: WebSocketCall, timeout: float | None) -> None:
        self.call = call
        self.timeout = timeout
        self.subprotocol = call.subprotocol
        self.scope = call.scope
        self.close_code: int | None = None
        self.close_reason = ""

    @property
    def headers(self) -> httpx.Headers:
        """Of the app's accept."""
        return httpx.Headers(self.call.headers)

    async def send(self, message: str | bytes) -> None:
        """Send text or bytes, as the type says. Raises WebSocketClosed once the session is over."""
        if not isinstance(message, (str, bytes)):
            raise TypeError(f"expected str or bytes, but got {type(message).__name__}")
        call = self.call
        if call.faults or call.complete or call.ended or self.close_code is not None:
            await self._end_if_over()
        call.give(message)
        await call.pause()

    async def send_text(self, message: str) -> None:
        """Send a text message."""
        await self.send(message)

    async def send_bytes(self, message: bytes) -> None:
        """Send a binary message."""
        await self.send(message)

    async def send_json(self, value: Any, mode: str = "text") -> None:
        """Send a value as JSON, in a text or a binary message; mode: text or binary."""
        words = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        await self.send(words if mode == "text" else words.encode())

    async def receive(self) -> str | bytes:
        """The next message. Raises WebSocketClosed, TimeoutError, BrokenRules, or what the app raised."""
        call = self.call
        while True:
            message = call.next_message() if self.close_code is None or not call.gone else None
            if message is not None:
                return message
            if call.has_more():
                await self._over()
            if not await call.until(call.has_more, self.timeout):
                raise late(call, f"the app sent no message for {self.timeout:g} s")

    async def receive_text(self) -> str:
        """The next message. Raises TypeError if it is binary."""
        message = await self.receive()
        if not isinstance(message, str):
            raise TypeError(f"expected text, but got {message!r}")
        return message

    async def receive_bytes(self) -> bytes:
        """The next message. Raises TypeError if it is text."""
        message = await self.receive()
        if not isinstance(message, bytes):
            raise TypeError(f"expected bytes, but got {message!r}")
        return message

    async def receive_json(self) -> Any:
        """The value of the next message, text or binary. Raises ValueError if it is not JSON."""
        return json.loads(await self.receive())

    def __aiter__(self) -> WebSocket:
        return self

    async def __anext__(self) -> str | bytes:
        try:
            return await self.receive()
        except WebSocketClosed:
            raise StopAsyncIteration from None

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close from this side; the app is given the code and the reason, and the time to end."""
        call = self.call
        if self.close_code is None and not (call.complete or call.ended):
            self.close_code, self.close_reason = code, reason
            call.lose(code, reason)
        self._learn()
        await call.finish(cancel=True)
        call.tell()

    async def lose(self) -> None:
        """Go away without a close frame: the app is told 1006."""
        await self.close(1006)

    def _learn(self) -> None:
        """Whose close it was."""
        call = self.call
        if self.close_code is not None:
            return
        if call.code is not None:
            self.close_code, self.close_reason = call.code, call.reason
        elif call.ended:
            self.close_code = 1000 if call.returned else 1011

    async def _end_if_over(self) -> None:
        """Before a message is sent: a client that only collects goes on after a break."""
        if self.call.broken or self.call.complete or self.call.ended or self.close_code is not None:
            await self._over()

    async def _over(self) -> None:
        """Raise why there is nothing more."""
        call = self.call
        if not (call.complete or call.ended):
            call.lose()  # a break: the session is given up
        await call.finish()
        self._learn()
        call.tell()
        if call.unusable:
            raise httpx.RemoteProtocolError(call.unusable)
        code = 1006 if self.close_code is None else self.close_code
        raise WebSocketClosed(code, self.close_reason, by_app=not call.gone)


async def connect(
    call: WebSocketCall, timeout: float | None, asked: Callable[[], httpx.Request]
) -> WebSocket:
    """Shake hands; `asked` makes the request, for an answer to it.

    Raises WebSocketRefused, TimeoutError, BrokenRules, or what the app raised."""
    call.start()
    try:
        in_time = await call.until(call.answered, timeout)
    except BaseException:
        call.lose()
        raise
    if not in_time:
        error = late(call, f"the app neither accepted nor refused within {timeout:g} s")
        call.lose()
        await call.finish()
        raise error
    if call.accepted and not call.broken:
        return WebSocket(call, timeout)
    if not (call.complete or call.ended):
        call.lose()
    await call.finish()
    call.tell()
    request = asked()
    if call.unusable:
        raise httpx.RemoteProtocolError(call.unusable, request=request)
    if call.complete and call.code is None:
        response = httpx.Response(call.status, headers=call.headers, content=call.content, request=request)
    else:
        response = httpx.Response(500 if call.code is None else 403, request=request)
    code = None if call.complete and call.code is None else call.code or 1006
    raise WebSocketRefused(code, call.reason, response)


def late(call: WebSocketCall, said: str) -> TimeoutError:
    """The error for a wait that was too long."""
    return TimeoutError(said + call.waits())
