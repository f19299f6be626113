"""Their client and ours behind the few differences in names, so that a test can be run with both."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from asgisim.client.session import WebSocketRefused
from asgisim.client.sync import SyncClient

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Starlette would like another httpx
    from starlette.testclient import TestClient, WebSocketDenialResponse
    from starlette.websockets import WebSocketDisconnect


class Theirs:
    """Starlette's TestClient, which is FastAPI's too."""

    refused: tuple[type[Exception], ...] = (WebSocketDisconnect, WebSocketDenialResponse)

    def client(self, app: Any, *, raise_errors: bool = True, **options: Any) -> Any:
        """A client, to be entered if lifespan matters."""
        options.setdefault("follow_redirects", False)
        return TestClient(app, raise_server_exceptions=raise_errors, **options)

    def websocket(self, client: Any, url: str, **options: Any) -> AbstractContextManager[Any]:
        """A session."""
        session: AbstractContextManager[Any] = client.websocket_connect(url, **options)
        return session

    def subprotocol(self, session: Any) -> str | None:
        """The one that the app chose."""
        chosen: str | None = session.accepted_subprotocol
        return chosen

    def refusal(self, error: Any) -> tuple[int | None, int | None]:
        """(close code, status of the denial) of a session that was refused."""
        if isinstance(error, WebSocketDenialResponse):
            return None, error.status_code
        return error.code, None

    @contextmanager
    def ended(self) -> Iterator[list[int]]:
        """The app closes in the block; afterwards the list holds its code."""
        codes: list[int] = []
        with pytest.raises(WebSocketDisconnect) as caught:
            yield codes
        codes.append(caught.value.code)


class Ours:
    """asgisim's client for tests that are not async."""

    refused: tuple[type[Exception], ...] = (WebSocketRefused,)

    def client(self, app: Any, *, raise_errors: bool = True, **options: Any) -> Any:
        """As theirs."""
        return SyncClient(app, raise_app_exceptions=raise_errors, **options)

    def websocket(self, client: Any, url: str, **options: Any) -> AbstractContextManager[Any]:
        """As theirs."""
        session: AbstractContextManager[Any] = client.websocket(url, **options)
        return session

    def subprotocol(self, session: Any) -> str | None:
        """As theirs."""
        chosen: str | None = session.subprotocol
        return chosen

    def refusal(self, error: Any) -> tuple[int | None, int | None]:
        """As theirs."""
        return error.code, None if error.code is not None else error.response.status_code

    @contextmanager
    def ended(self) -> Iterator[list[int]]:
        """As theirs."""
        from asgisim.client import WebSocketClosed

        codes: list[int] = []
        with pytest.raises(WebSocketClosed) as caught:
            yield codes
        codes.append(caught.value.code)


BOTH = pytest.mark.parametrize("side", [Theirs(), Ours()], ids=["theirs", "ours"])
