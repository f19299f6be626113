"""The test client for tests that are not async: the same client, on a loop in a thread of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import anyio.to_thread
import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from asgisim.client import Client, WebSocket
from asgisim.judge import Finding

T = TypeVar("T")
_END = object()


class SyncClient(httpx.Client):
    """An ``httpx.Client`` whose server is the app: `Client` without async.

    The app runs on an event loop in a thread (backend: asyncio or trio), which is there from the first
    request, or ``with``, until `close`. All else is told at `Client`, whose arguments it takes.
    """

    def __init__(
        self, app: Any, *, backend: str = "asyncio", base_url: str = "http://testserver", **options: Any
    ) -> None:
        httpx_options = {key: options.pop(key) for key in list(options) if key in _HTTPX}
        self._bridge = _Bridge(Client(app, base_url=base_url, **options), backend)
        super().__init__(transport=self._bridge, base_url=base_url, **httpx_options)

    @property
    def app(self) -> Any:
        """The app, as it was given."""
        return self._bridge.client.app

    @property
    def findings(self) -> list[Finding]:
        """The rules that the app broke so far, in order."""
        return self._bridge.client.findings

    @property
    def notes(self) -> list[Finding]:
        """What is not told as a break: see `Client.notes`."""
        return self._bridge.client.notes

    @property
    def state(self) -> dict[str, Any]:
        """The lifespan's state; each request gets a copy."""
        return self._bridge.client.state

    @contextmanager
    def websocket(self, url: httpx.URL | str, **options: Any) -> Iterator[SyncWebSocket]:
        """A WebSocket session, as `Client.websocket` gives it."""
        client, portal = self._bridge.client, self._bridge.portal()
        client.headers, client.cookies = self.headers, self.cookies
        try:
            with portal.wrap_async_context_manager(client.websocket(url, **options)) as session:
                yield SyncWebSocket(session, portal)
        finally:
            self.cookies.update(client.cookies)


# What a SyncClient hands to httpx.Client; the rest is for the Client below it.
_HTTPX = frozenset(
    {
        *("auth", "params", "headers", "cookies", "timeout", "follow_redirects", "max_redirects"),
        *("event_hooks", "default_encoding", "trust_env", "verify", "cert"),
    }
)


class SyncWebSocket:
    """An open session; each method does what that of `WebSocket` does, and waits for it."""

    def __init__(self, session: WebSocket, portal: BlockingPortal) -> None:
        self.session = session
        self._portal = portal

    @property
    def subprotocol(self) -> str | None:
        """The one that the app chose."""
        return self.session.subprotocol

    @property
    def headers(self) -> httpx.Headers:
        """Those of the app's accept."""
        return self.session.headers

    @property
    def close_code(self) -> int | None:
        """Of whoever closed first, None while the session is open."""
        return self.session.close_code

    @property
    def close_reason(self) -> str:
        """Of whoever closed first."""
        return self.session.close_reason

    def send(self, message: str | bytes) -> None:
        """Send text or bytes, as the type says."""
        self._portal.call(self.session.send, message)

    def send_text(self, message: str) -> None:
        """Send a text message."""
        self._portal.call(self.session.send_text, message)

    def send_bytes(self, message: bytes) -> None:
        """Send a binary message."""
        self._portal.call(self.session.send_bytes, message)

    def send_json(self, value: Any, mode: str = "text") -> None:
        """Send a value as JSON."""
        self._portal.call(self.session.send_json, value, mode)

    def receive(self) -> str | bytes:
        """The next message. Raises WebSocketClosed, TimeoutError, BrokenRules, or what the app raised."""
        return self._portal.call(self.session.receive)

    def receive_text(self) -> str:
        """The next message. Raises TypeError if it is binary."""
        return self._portal.call(self.session.receive_text)

    def receive_bytes(self) -> bytes:
        """The next message. Raises TypeError if it is text."""
        return self._portal.call(self.session.receive_bytes)

    def receive_json(self) -> Any:
        """The value of the next message."""
        return self._portal.call(self.session.receive_json)

    def __iter__(self) -> Iterator[str | bytes]:
        while (message := self._portal.call(_next, self.session)) is not _END:
            yield message

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close from this side."""
        self._portal.call(self.session.close, code, reason)

    def lose(self) -> None:
        """Go away without a close frame."""
        self._portal.call(self.session.lose)


class _Bridge(httpx.BaseTransport):
    """The async client's transport, called from outside its loop."""

    def __init__(self, client: Client, backend: str) -> None:
        if backend not in ("asyncio", "trio"):
            raise ValueError(f"expected asyncio or trio, but got backend={backend!r}")
        self.client = client
        self._backend = backend
        self._open = ExitStack()
        self._portal: BlockingPortal | None = None

    def portal(self) -> BlockingPortal:
        """The way into the loop, which is started if need be."""
        if self._portal is None:
            self._portal = self._open.enter_context(start_blocking_portal(self._backend))
        return self._portal

    def __enter__(self) -> _Bridge:
        self.portal().call(self.client.transport.startup)
        return self

    def __exit__(self, kind: Any = None, error: BaseException | None = None, trace: Any = None) -> None:
        self._end(lambda portal: portal.call(self.client.transport.__aexit__, kind, error))

    def close(self) -> None:
        """End the app and the loop."""
        self._end(lambda portal: portal.call(self.client.transport.aclose))

    def _end(self, last: Callable[[BlockingPortal], object]) -> None:
        portal, self._portal = self._portal, None
        if portal is None:
            return
        with self._open:
            last(portal)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Call the app."""
        portal = self.portal()
        if not isinstance(request.stream, httpx.AsyncByteStream):
            request.stream = _Upload(request.stream)
        response = portal.call(self.client.transport.handle_async_request, request)
        response.stream = _Download(response.stream, portal)
        return response


class _Upload(httpx.AsyncByteStream, httpx.SyncByteStream):
    """What a test streams up; its iterator may block, so it is asked in a worker thread."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = iter(self._stream)
        chunk: Any
        while (chunk := await anyio.to_thread.run_sync(next, chunks, _END)) is not _END:
            yield chunk


class _Download(httpx.SyncByteStream):
    """The response's body, chunk by chunk, from the other loop."""

    def __init__(self, stream: Any, portal: BlockingPortal) -> None:
        self._stream = stream
        self._chunks = stream.__aiter__()
        self._portal = portal

    def __iter__(self) -> Iterator[bytes]:
        while (chunk := self._portal.call(_next, self._chunks)) is not _END:
            yield chunk

    def close(self) -> None:
        """Leave, if the response is not whole."""
        self._portal.call(self._chunks.aclose)
        self._portal.call(self._stream.aclose)


async def _next(stream: Any) -> Any:
    return await anext(stream, _END)
