"""An app behind httpx, in process: each request is one call of the app, in a task of its own, and judged.

`Transport` goes under any ``httpx.AsyncClient``; `asgisim.Client` is that client ready made. Works on asyncio
and on trio, on the event loop of the caller.
"""

from __future__ import annotations

import contextvars
import logging
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from asgisim.client.calls import HttpCall, Settings, without
from asgisim.client.living import LifespanCall, StartupFailed
from asgisim.drive.sim.run import single
from asgisim.judge import Finding

try:
    import httpx
except ImportError as error:  # pragma: no cover (the tests have httpx)
    raise ImportError("asgisim.Client needs httpx: pip install 'asgisim[client]'") from error

logger = logging.getLogger("asgisim.client")

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
EXTENSIONS: dict[str, dict[str, dict[str, Any]]] = {
    "http": {"http.response.trailers": {}, "http.response.early_hint": {}, "http.response.debug": {}},
    "websocket": {"websocket.http.response": {}},
}


class Transport(httpx.AsyncBaseTransport):
    """Carries httpx requests to an app. Enter it (or its client) to run the app's lifespan.

    on_finding: "raise" (BrokenRules, in the test, when the exchange is over), "collect" or "off".
    raise_app_exceptions: False turns an exception of the app into a 500, as servers do. lifespan: "auto"
    (apps without it are tolerated), "on" or "off". scope: keys put into each scope, a key with the value
    ``...`` is left out; or a callable that is given the scope and returns another. A request's own stand
    in ``extensions={"scope": {...}}``. extensions: what is offered to the app; by default trailers, early
    hints, debug and denial responses. grace: real seconds an app has to end once all is over, before it is
    cancelled. startup_timeout: real seconds for startup, and again for shutdown. context: the
    contextvars.Context of which each call gets a copy; by default an empty one.
    """

    def __init__(
        self,
        app: Any,
        *,
        on_finding: str = "raise",
        raise_app_exceptions: bool = True,
        lifespan: str = "auto",
        root_path: str = "",
        client: tuple[str, int] | None = ("127.0.0.1", 50000),
        scope: Mapping[str, Any] | Callable[[dict[str, Any]], dict[str, Any]] | None = None,
        extensions: Mapping[str, Mapping[str, Any]] | None = None,
        http_version: str = "1.1",
        spec_version: str = "2.5",
        edition: str | None = None,
        grace: float = 1.0,
        startup_timeout: float = 10.0,
        context: contextvars.Context | None = None,
    ) -> None:
        if lifespan not in ("auto", "on", "off"):
            raise ValueError(f"expected auto, on or off, but got lifespan={lifespan!r}")
        self.settings = Settings(
            single(app),
            on_finding=on_finding,
            raise_app_exceptions=raise_app_exceptions,
            edition=edition,
            grace=grace,
            context=context,
        )
        self.app = app
        self.lifespan = lifespan
        self.root_path = root_path
        self.client = client
        self.scope = scope
        self.offered = extensions
        self.http_version = http_version
        self.spec_version = spec_version
        self.startup_timeout = startup_timeout
        self.state: dict[str, Any] = {}
        self.running: LifespanCall | None = None

    @property
    def findings(self) -> list[Finding]:
        """The rule breaks seen so far, of the app, in order."""
        return self.settings.findings

    @property
    def notes(self) -> list[Finding]:
        """What is not told as a break: advice, crashes and 500s, and what an overridden scope broke."""
        return self.settings.notes

    # One request

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Call the app. Returns once the response has begun: with its first body event."""
        if self.running is not None:
            self.running.raise_if_dead()
        call = HttpCall(self.settings, self.build_scope(request))
        stream = request.stream
        if isinstance(stream, httpx.ByteStream):
            call.give_body(b"".join(stream))
        elif isinstance(stream, httpx.AsyncByteStream):
            call.stream_body(stream)
        else:
            raise RuntimeError("an async client cannot send a sync request stream")
        timeout = request.extensions.get("timeout", {}).get("read")
        call.start()
        try:
            in_time = await call.until(call.has_news, timeout)
        except BaseException:
            call.leave()
            raise
        if not in_time:
            raise await _late(call, timeout, request)
        if call.upload_error is not None:
            await call.finish()
            raise call.upload_error
        if call.unusable or call.broken or not call.begun:
            return await self._without_response(call, request)
        return httpx.Response(
            call.status,
            headers=call.headers,
            stream=_Body(call, timeout, request),
            extensions={
                "http_version": f"HTTP/{self.http_version}".encode(),
                "early_hints": call.hints,
                "trailers": call.trailers,
                "pushes": call.pushes,
                "debug": call.debug,
                "exchange": call,
            },
        )

    async def _without_response(self, call: HttpCall, request: httpx.Request) -> httpx.Response:
        unusable = call.unusable
        if not call.ended:
            call.leave()
        await call.finish()
        call.tell()
        if unusable:
            raise httpx.RemoteProtocolError(unusable, request=request)
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        content = b"Internal Server Error"
        return httpx.Response(500, headers=headers, content=content, extensions={"exchange": call})

    def build_scope(self, request: httpx.Request, kind: str = "http") -> dict[str, Any]:
        """The scope for a request; kind: http or websocket."""
        url = request.url
        scope = self.scope_of(url, url.raw_path, request.headers.raw, kind)
        if kind == "http":
            scope["method"] = request.method.upper()
        return self.overridden(scope, request.extensions.get("scope"))

    def overridden(self, scope: dict[str, Any], by: Any) -> dict[str, Any]:
        """The scope with what this transport, and then a single request, puts over it."""
        return _overridden(_overridden(scope, self.scope), by)

    def scope_of(
        self, url: httpx.URL, target: bytes, headers: Iterable[tuple[bytes, bytes]], kind: str
    ) -> dict[str, Any]:
        """The scope for an address, without its method. Of `url` only what stands before the target."""
        raw_path, _, query = target.partition(b"?")
        path = raw_path.decode("ascii") if b"%" not in raw_path else _unquoted(raw_path)
        root = self.root_path
        if root and not (path == root or path.startswith(f"{root}/")):
            raw_path, path = root.encode("ascii", "replace") + raw_path, root + path
        scheme = url.scheme
        if kind == "websocket":
            scheme = {"http": "ws", "https": "wss"}.get(scheme, scheme)
        scope: dict[str, Any] = {
            "type": kind,
            "asgi": {"version": "3.0", "spec_version": self.spec_version},
            "http_version": self.http_version,
            "scheme": scheme,
            "path": path,
            "raw_path": raw_path,
            "query_string": query,
            "root_path": root,
            "headers": [(name.lower(), value) for name, value in headers],
            "client": None if self.client is None else list(self.client),
            "server": [url.host, url.port or _PORTS.get(url.scheme, 80)],
            "extensions": self._offered(kind),
            "state": dict(self.state),
        }
        return scope

    def _offered(self, kind: str) -> dict[str, Any]:
        if self.offered is None:
            return {name: dict(value) for name, value in EXTENSIONS[kind].items()}
        other = "websocket." if kind == "http" else "http.response."
        return {name: dict(value) for name, value in self.offered.items() if not name.startswith(other)}

    # The whole

    async def __aenter__(self) -> Transport:
        await self.startup()
        return self

    async def startup(self) -> None:
        """Run the app's startup. Raises StartupFailed, or TimeoutError, with what the app said."""
        if self.lifespan == "off" or self.running is not None:
            return
        self.state.clear()
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        call = LifespanCall(self.settings, scope)
        if not await call.startup(self.startup_timeout):
            error = call.error
            if self.lifespan == "on":
                told = StartupFailed("the app does not support lifespan")
                raise told from error
            if call.took_startup:
                logger.warning("the app raised at lifespan.startup, and goes on without lifespan: %r", error)
            return
        self.running = call

    async def __aexit__(
        self, kind: Any = None, error: BaseException | None = None, trace: Any = None
    ) -> None:
        await self._end(quiet=error is not None)

    async def aclose(self) -> None:
        """End what still runs, within bounds, then shut the app down. Raises what nobody was told yet."""
        await self._end(quiet=sys.exc_info()[0] is not None)

    async def _end(self, quiet: bool) -> None:
        errors: list[BaseException] = []
        for call in list(self.settings.open):
            if isinstance(call, LifespanCall):
                continue
            call.leave()
            await call.finish(cancel=True)
            call.tell(quiet=True)
        lifespan, self.running = self.running, None
        if lifespan is not None:
            try:
                await lifespan.shutdown(self.startup_timeout)
            except Exception as failure:
                errors.append(failure)
        untold, self.settings.untold = self.settings.untold, []
        if not quiet:
            for failed in (*errors, *untold):
                raise failed


class _Body(httpx.AsyncByteStream):
    """The response's body, as the app sends it; closing it early makes the client leave."""

    def __init__(self, call: HttpCall, timeout: float | None, request: httpx.Request) -> None:
        self.call = call
        self.timeout = timeout
        self.request = request
        self.done = False

    # No generator: an event loop keeps account of each, which costs more than all else here.
    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        call = self.call
        while not self.done:
            chunk = call.next_chunk()
            if chunk is not None:
                return chunk
            if call.complete or call.ended or call.unusable or call.broken or call.gone:
                await self._end()
            elif not await call.until(call.has_more, self.timeout):
                self.done = True
                raise await _late(call, self.timeout, self.request)
        raise StopAsyncIteration

    async def _end(self) -> None:
        call = self.call
        self.done = True
        if not (call.complete or call.ended):
            call.leave()
        await call.finish()
        call.tell()
        if not call.complete and not call.gone:
            raise httpx.RemoteProtocolError("the app ended before its response was complete")
        if call.unusable:
            raise httpx.RemoteProtocolError(call.unusable)

    async def aclose(self) -> None:
        """Leave if the response is not whole; wait for the app to end, within the grace."""
        call = self.call
        if not call.complete:
            call.leave()
        busy = sys.exc_info()[1]
        await call.finish()
        call.tell(quiet=busy is not None)


async def _late(call: HttpCall, timeout: float | None, request: httpx.Request) -> Exception:
    """Leave, since nothing came in time; the error to raise."""
    said = f"the app sent nothing for {timeout:g} s" if timeout is not None else "the app sent nothing"
    said += call.waits()
    call.leave()
    await call.finish()
    error = httpx.ReadTimeout(said, request=request)
    broken = call.verdict()
    if broken is not None:
        error.add_note(str(broken))
    return error


def _unquoted(raw_path: bytes) -> str:
    return unquote_to_bytes(raw_path).decode("utf-8", "replace")


def _overridden(scope: dict[str, Any], other: Any) -> dict[str, Any]:
    if other is None:
        return scope
    if callable(other):
        made: dict[str, Any] = cast(Any, other)(scope)
        return made
    return without({**scope, **other})
