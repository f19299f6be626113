"""The test client: httpx to the app, in process, on the test's own event loop; every exchange is judged."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Mapping
from typing import Any

from asgisim.judge import Finding
from asgisim.transport import Transport  # first: it says what to install where httpx is missing

import httpx  # isort: skip


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
