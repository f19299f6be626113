"""Strategies for connection scopes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from asgisim import space
from asgisim.space import Route
from asgisim.strategies.drawing import drawn

Scope = dict[str, Any]


def http_scopes(*, path: str = "/", method: str = "GET", profile: str = "edge") -> st.SearchStrategy[Scope]:
    """Scopes of HTTP requests, as a server may give them.

    path, method: what is mostly asked for; edits put other methods and paths below or beside it now and
    then. profile: "edge" for the whole legal range, "valid" for what common servers give.
    """
    return _scopes(Route(method, path, "http"), profile)


def websocket_scopes(*, path: str = "/", profile: str = "edge") -> st.SearchStrategy[Scope]:
    """Scopes of WebSocket handshakes; the arguments are those of `http_scopes`."""
    return _scopes(Route("GET", path, "websocket"), profile)


def lifespan_scopes(*, profile: str = "edge") -> st.SearchStrategy[Scope]:
    """Scopes of lifespan calls."""
    return _scopes(Route("", "", "lifespan"), profile)


def _scopes(route: Route, profile: str) -> st.SearchStrategy[Scope]:
    check_profile(profile)
    return drawn(lambda choose: space.scope(choose, route, profile=profile))


def check_profile(profile: str) -> None:
    """Raise ValueError for a profile that does not exist."""
    if profile not in ("edge", "valid"):
        raise ValueError(f"profile: expected 'edge' or 'valid', but got {profile!r}")
