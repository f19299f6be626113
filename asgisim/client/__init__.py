"""The test client: httpx to the app, in process, on the test's own event loop; every exchange is judged."""

from __future__ import annotations

import contextvars
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from asgisim.client.transport import Transport  # first: it says what to install where httpx is missing
from asgisim.judge import Finding

import httpx  # isort: skip

from asgisim.client.session import WebSocket, WebSocketCall, WebSocketClosed, WebSocketRefused, connect  # isort: skip

__all__ = ["Client", "WebSocket", "WebSocketClosed", "WebSocketRefused"]

# What a handshake asks for; the key is that of RFC 6455: nothing is sent, and the same is easier to read.
_ASKED = (
    ("connection", "Upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("sec-websocket-version", "13"),
)


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

    def _whole(self, url: httpx.URL | str) -> httpx.URL | str:
        if not isinstance(url, str) or not url.startswith("/") or url.startswith("//") or "#" in url:
            return url
        base, prefix = self._base
        if base is not self.base_url:
            base = self.base_url
            prefix = "" if base.query or base.fragment else str(base).rstrip("/")
            self._base = base, prefix
        return prefix + url

    def _plain_handshake(
        self, url: httpx.URL | str, wanted: list[tuple[str, str]], by: Any
    ) -> dict[str, Any] | None:
        """The scope of the handshake, without the cost of a request; None where it is not so simple."""
        whole = httpx.URL(self._whole(url))
        names = {name.encode() for name, _ in wanted}
        given = [pair for pair in self.headers.raw if pair[0].lower() not in names]
        if whole.is_relative_url or self.params or any(name.lower() == b"host" for name, _ in given):
            return None
        asked = [(name.encode(), value.encode()) for name, value in wanted]
        made = self.transport.scope_of(whole, [(b"host", whole.netloc), *given, *asked], "websocket")
        return self.transport.overridden(made, by)

    @asynccontextmanager
    async def websocket(
        self,
        url: httpx.URL | str,
        *,
        subprotocols: Sequence[str] = (),
        headers: Any = None,
        params: Any = None,
        cookies: Any = None,
        scope: Any = None,
        timeout: float | None = 5.0,
    ) -> AsyncIterator[WebSocket]:
        """A WebSocket session; it is closed, with 1000, when the block is left.

        headers, params and cookies are added to the client's; scope is put over the scope, as for a request.
        timeout: real seconds for each wait. Raises WebSocketRefused if the app does not accept.
        """
        wanted = list(_ASKED)
        if subprotocols:
            wanted.append(("sec-websocket-protocol", ", ".join(subprotocols)))

        def request() -> httpx.Request:
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

        plain = headers is None and params is None and not cookies and self.auth is None
        made = self._plain_handshake(url, wanted, scope) if plain and not self.cookies.jar else None
        if made is None:
            made = self.transport.build_scope(request(), "websocket")
        made.setdefault("subprotocols", list(subprotocols))
        if self.transport.running is not None:
            self.transport.running.raise_if_dead()
        call = WebSocketCall(self.transport.settings, made)
        try:
            session = await connect(call, timeout, request)
        finally:
            if any(name.lower() == b"set-cookie" for name, _ in call.headers):
                answer = httpx.Response(101, headers=call.headers, request=request())
                self.cookies.extract_cookies(answer)
        try:
            yield session
        except BaseException:
            call.lose()
            await call.finish(cancel=True)
            call.tell(quiet=True)
            raise
        await session.close()
