"""Strategies for what an application does, for testing servers and middlewares."""

from __future__ import annotations

from hypothesis import strategies as st

from asgisim.space.applications import Script, application
from asgisim.strategies.drawing import drawn


def application_scripts(*, protocol: str = "http") -> st.SearchStrategy[Script]:
    """Scripts of an app that keeps every rule, as plain data; `asgisim.reference.scripted.app` plays them.

    protocol: "http", "websocket" or "lifespan".
    """
    if protocol not in ("http", "websocket", "lifespan"):
        raise ValueError(f"protocol: expected http, websocket or lifespan, but got {protocol!r}")
    return drawn(lambda choose: application(choose, protocol=protocol))
