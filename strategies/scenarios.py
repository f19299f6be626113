"""Strategies for whole scenarios: a scope, and what the server and its client then do."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from asgisim import space
from asgisim.model.scenario import Scenario
from asgisim.space import Route
from asgisim.strategies.drawing import drawn
from asgisim.strategies.scopes import check_profile


def http_scenarios(
    *, path: str = "/", method: str = "GET", profile: str = "edge"
) -> st.SearchStrategy[Scenario]:
    """One HTTP request: any legal scope, a body cut and spelled anyhow, a client that may leave at any time.

    path, method: what is mostly asked for. profile: "edge" for the whole legal range, "valid" for what
    common servers and clients do (the client may leave all the same).
    """
    return _one(Route(method, path, "http"), profile)


def websocket_scenarios(*, path: str = "/", profile: str = "edge") -> st.SearchStrategy[Scenario]:
    """One WebSocket session with messages and an end; the arguments are those of `http_scenarios`."""
    return _one(Route("GET", path, "websocket"), profile)


def lifespan_scenarios(*, profile: str = "edge") -> st.SearchStrategy[Scenario]:
    """A lifespan alone: startup, and mostly shutdown."""
    return _one(Route("", "", "lifespan"), profile)


def scenarios(
    *,
    routes: Sequence[Route] = (),
    protocols: Sequence[str] = ("http", "websocket"),
    profile: str = "edge",
) -> st.SearchStrategy[Scenario]:
    """One exchange or several that overlap, with any of these routes."""
    check_profile(profile)
    chosen, ways = tuple(routes), tuple(protocols)
    return drawn(lambda choose: space.scenario(choose, protocols=ways, routes=chosen, profile=profile))


def _one(route: Route, profile: str) -> st.SearchStrategy[Scenario]:
    check_profile(profile)
    routes, protocols = (route,), (route.protocol,)
    return drawn(
        lambda choose: Scenario([space.exchange(choose, protocols=protocols, routes=routes, profile=profile)])
    )
