"""A WSGI application as an ASGI one, with ``wsgiref.validate`` on the WSGI side.

The adapter is ours and keeps every rule that asgisim has for apps, so that what is found is the WSGI app's
doing (a2wsgi raises for a query that is not ASCII, and keeps header names apart by case). Standard library
only, so that it runs under ``--python PATH`` too. Source: PEP 3333, and the WSGI compatibility section of the
ASGI text.
"""

from __future__ import annotations

import asyncio
import contextvars
import io
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any
from wsgiref import validate as wsgiref_validate

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
_END = object()
_METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PATCH", "PUT", "DELETE", "TRACE")  # others make it warn
_check_environ: Any = vars(wsgiref_validate)["check_environ"]  # unknown to type checkers


def from_wsgi(app: Callable[..., Iterable[bytes]], *, validate: bool = True) -> WSGI:
    """An ASGI 3 app that calls a WSGI app in worker threads.

    validate: put ``wsgiref.validate`` around it, whose AssertionError is what a break of PEP 3333 raises.
    Raises TypeError for an app that cannot be called.
    """
    if not callable(app):
        raise TypeError(f"expected a WSGI app, a callable, but got {type(app).__name__}")
    return WSGI(app, validate)


class WSGI:
    """The ASGI side of a WSGI app: HTTP is passed on, WebSocket is refused, the lifespan is empty."""

    def __init__(self, app: Callable[..., Iterable[bytes]], validate: bool) -> None:
        self.app = app
        self.checked = wsgiref_validate.validator(app) if validate else app

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "http":
            await self._http(scope, receive, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close"})
        elif kind == "lifespan":
            await _lifespan(receive, send)
        else:
            raise ValueError(f"a WSGI app has no scope of type {kind!r}")

    async def _http(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if body is None:
            return  # the client left before its request was complete
        environ = environ_of(scope, body)
        call = _Call(self.checked if _is_valid(environ) else self.app, environ)
        try:
            chunk = await _in_thread(call.step)
            start = {"type": "http.response.start", "status": call.status, "headers": call.headers}
            wanted = await _sent(send, start)
            while wanted and chunk is not _END:
                if chunk:
                    piece = {"type": "http.response.body", "body": chunk, "more_body": True}
                    wanted = await _sent(send, piece)
                chunk = await _in_thread(call.step) if wanted else _END
            if wanted:
                await _sent(send, {"type": "http.response.body", "body": b""})
        finally:
            call.close()  # here and now: who was cancelled may not get to await anything


async def _sent(send: Send, event: dict[str, Any]) -> bool:
    """Send; False if the client has left, which is no fault of the WSGI app's."""
    try:
        await send(event)
    except OSError:
        return False
    return True


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def _body(receive: Receive) -> bytes | None:
    """The whole request body, or None if the client left before its end."""
    parts = []
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        parts.append(event.get("body", b""))
        if not event.get("more_body", False):
            return b"".join(parts)


class _Call:
    """One call of a WSGI app, made step by step; every step may run in another thread, in one context."""

    def __init__(self, app: Callable[..., Iterable[bytes]], environ: dict[str, Any]) -> None:
        self._app = app
        self._environ = environ
        self._context = contextvars.copy_context()
        self._result: Any = None
        self._chunks: Iterator[bytes] | None = None
        self._written: list[bytes] = []
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []

    def step(self) -> Any:
        """The next piece of the body, _END after the last."""
        return self._context.run(self._step)

    def _step(self) -> Any:
        if self._chunks is None:
            self._result = self._app(self._environ, self._start_response)
            self._chunks = iter(self._result)
        chunk: Any = next(self._chunks, _END)
        if not self.status:
            raise AssertionError("the WSGI app gave a body before it called start_response (PEP 3333)")
        if self._written:
            written = b"".join(self._written)
            self._written.clear()
            if chunk is _END:
                self._chunks = iter(())
                return written
            return written + chunk
        return chunk

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        if self.status and exc_info is None:
            raise AssertionError("the WSGI app called start_response twice without exc_info (PEP 3333)")
        self.status = int(status.split(" ", 1)[0])
        self.headers = [
            (name.strip().lower().encode("latin-1"), value.strip().encode("latin-1"))
            for name, value in headers
        ]
        return self._written.append

    def close(self) -> None:
        """Tell the app that nobody wants more, as PEP 3333 asks for at every end."""
        close = getattr(self._result, "close", None)
        if close is not None:
            self._context.run(close)


def environ_of(scope: dict[str, Any], body: bytes) -> dict[str, Any]:
    """The environ of a request (PEP 3333); text in it is latin-1, as there."""
    root = scope.get("root_path", "")
    path = scope["path"]
    server = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("127.0.0.1", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": _latin(root.rstrip("/")),
        "PATH_INFO": _latin(path.removeprefix(root.rstrip("/"))),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        _add_header(environ, name.decode("latin-1").lower(), value.decode("latin-1"))
    # The body is complete, so its length is known, whatever the client said or left out.
    if body or "CONTENT_LENGTH" in environ:
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def _latin(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    key = name.upper().replace("-", "_")
    if key not in ("CONTENT_LENGTH", "CONTENT_TYPE"):
        key = f"HTTP_{key}"
    joint = "; " if key == "HTTP_COOKIE" else ","  # RFC 9110 section 5.3, RFC 9113 section 8.2.3
    environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value


def _is_valid(environ: dict[str, Any]) -> bool:
    """Whether wsgiref.validate has nothing against the environ: what it has is no fault of the app."""
    if environ["REQUEST_METHOD"] not in _METHODS:
        return False
    try:
        _check_environ(environ)
    except AssertionError:
        return False
    return True


async def _in_thread(call: Callable[[], Any]) -> Any:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        import trio

        return await trio.to_thread.run_sync(call)
    thread = asyncio.ensure_future(asyncio.to_thread(call))
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        await asyncio.wait([thread])  # a WSGI app is never left to run beside its own close()
        raise
