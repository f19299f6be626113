"""The test client: httpx to the app, in process, on the test's own event loop; every exchange is judged."""

from __future__ import annotations

import contextvars
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from asgisim.client.transport import Transport  # first: it says what to install where httpx is missing
from asgisim.judge import Finding

import httpx  # isort: skip

from asgisim.client.session import WebSocket, WebSocketCall, WebSocketClosed, WebSocketRefused, connect  # isort: skip

__all__ = ["Client", "WebSocket", "WebSocketClosed", "WebSocketRefused"]

# What a handshake asks for; the key is that of RFC 6455: nothing is sent, and the same is easier to read.
_ASKED = (
    (b"connection", b"Upgrade"),
    (b"upgrade", b"websocket"),
    (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
    (b"sec-websocket-version", b"13"),
)
_REPLACED = {name for name, _ in _ASKED}
_READ = httpx.ByteStream(b"")  # the stream of a response that has been read
_PLAIN_PATH = re.compile(r"/(?!/)[A-Za-z0-9_~/-]*").fullmatch  # of which a URL changes nothing


class Client(httpx.AsyncClient):
    """An ``httpx.AsyncClient`` whose server is the app.

    ``async with Client(app) as client`` runs the app's lifespan; without it the app is called all the same.
    Cookies, redirects, authentication, multipart, JSON and time limits are httpx's, and so are all other
    keyword arguments. What is judged, raised and put into scopes is told at `Transport`. What came with a
    response stands in its ``extensions``: ``trailers``, ``early_hints``, ``pushes``, ``debug``, ``exchange``.
    """

    def __init__(
        self,
        app: Any,
        *,
        base_url: str = "http://testserver",
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
        **httpx_options: Any,
    ) -> None:
        self.transport = Transport(
            app,
            on_finding=on_finding,
            raise_app_exceptions=raise_app_exceptions,
            lifespan=lifespan,
            root_path=root_path,
            client=client,
            scope=scope,
            extensions=extensions,
            http_version=http_version,
            spec_version=spec_version,
            edition=edition,
            grace=grace,
            startup_timeout=startup_timeout,
            context=context,
        )
        super().__init__(transport=self.transport, base_url=base_url, **httpx_options)
        self._base: tuple[httpx.URL | None, str] = (None, "")

    @property
    def app(self) -> Any:
        """The app, as it was given."""
        return self.transport.app

    @property
    def findings(self) -> list[Finding]:
        """The rules that the app broke so far, in order."""
        return self.transport.findings

    @property
    def notes(self) -> list[Finding]:
        """What is not told as a break: advice, crashes and 500s, and what an overridden scope broke."""
        return self.transport.notes

    @property
    def state(self) -> dict[str, Any]:
        """The lifespan's state; each request gets a copy."""
        return self.transport.state

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """As httpx does. A path is made a whole address first: httpx would parse it three times."""
        return super().build_request(method, self._whole(url), **options)

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """As httpx does, whose responses and streams hold each other: of what has been read that ends here.

        Or every exchange with its timeline would stay in memory until the collector comes.
        """
        response = await super().send(request, **options)
        if response.is_closed:
            response.stream = _READ
        return response

    def _whole(self, url: httpx.URL | str) -> httpx.URL | str:
        if not isinstance(url, str) or not url.startswith("/") or url.startswith("//") or "#" in url:
            return url
        base, prefix = self._base
        if base is not self.base_url:
            base = self.base_url
            prefix = "" if base.query or base.fragment else str(base).rstrip("/")
            self._base = base, prefix
        return prefix + url

    def _plain_handshake(self, url: httpx.URL | str, by: Any) -> dict[str, Any] | None:
        """The scope of the handshake, without the cost of a request; None where it is not so simple."""
        base = self.base_url
        if not isinstance(url, str) or not _PLAIN_PATH(url) or base.query or self.params or self.cookies.jar:
            return None
        given = [pair for pair in self.headers.raw if pair[0].lower() not in _REPLACED]
        if any(name.lower() == b"host" for name, _ in given):
            return None
        target = base.raw_path[:-1] + url.encode()  # httpx ends every base with a slash
        headers = [(b"host", base.netloc), *given, *_ASKED]
        return self.transport.overridden(self.transport.scope_of(base, target, headers, "websocket"), by)

    def websocket(
        self,
        url: httpx.URL | str,
        *,
        subprotocols: Sequence[str] = (),
        headers: Any = None,
        params: Any = None,
        cookies: Any = None,
        scope: Any = None,
        timeout: float | None = 5.0,
    ) -> AbstractAsyncContextManager[WebSocket]:
        """A WebSocket session; it is closed, with 1000, when the block is left.

        headers, params and cookies are added to the client's; scope is put over the scope, as for a request.
        timeout: real seconds for each wait. Raises WebSocketRefused if the app does not accept.
        """

        def request() -> httpx.Request:
            wanted = [(name.decode(), value.decode()) for name, value in _ASKED]
            if subprotocols:
                wanted.append(("sec-websocket-protocol", ", ".join(subprotocols)))
            more = [] if headers is None else httpx.Headers(headers).multi_items()
            built = self.build_request(
                "GET",
                url,
                headers=[*wanted, *more],
                params=params,
                cookies=cookies,
                extensions={"scope": scope},
            )
            return built if self.auth is None else next(self.auth.sync_auth_flow(built))

        plain = not (headers or params or cookies or subprotocols or self.auth)
        made = self._plain_handshake(url, scope) if plain else None
        if made is None:
            made = self.transport.build_scope(request(), "websocket")
        made.setdefault("subprotocols", list(subprotocols))
        return _Session(self, made, request, timeout)


class _Session(AbstractAsyncContextManager[WebSocket]):
    """The block of a session."""

    def __init__(
        self,
        client: Client,
        scope: dict[str, Any],
        request: Callable[[], httpx.Request],
        timeout: float | None,
    ) -> None:
        self.client = client
        self.scope = scope
        self.request = request
        self.timeout = timeout

    async def __aenter__(self) -> WebSocket:
        client = self.client
        if client.transport.running is not None:
            client.transport.running.raise_if_dead()
        self.call = call = WebSocketCall(client.transport.settings, self.scope)
        try:
            self.session = await connect(call, self.timeout, self.request)
        finally:
            if any(name.lower() == b"set-cookie" for name, _ in call.headers):
                answer = httpx.Response(101, headers=call.headers, request=self.request())
                client.cookies.extract_cookies(answer)
        return self.session

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            await self.session.close()
            return
        self.call.lose()
        await self.call.finish(cancel=True)
        self.call.tell(quiet=True)
