"""Layers around the app that alter the request on its way, as servers and proxies may, and an app within one.

`app` is the puppet within the layer that the environment variable ASGISIM_ALTERED names, and within `held`.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from asgisim.drive import puppet

KEPT = (b"host", b"content-length", b"transfer-encoding", b"upgrade", b"connection")


def nobody(scope: dict[str, Any]) -> None:
    scope["client"] = None


def another(scope: dict[str, Any]) -> None:
    scope["client"] = ("192.0.2.7", 4711)


def forwarded(scope: dict[str, Any]) -> None:
    scope["client"] = ("127.0.0.1", 0)


def moved(scope: dict[str, Any]) -> None:
    nobody(scope)
    scope.update({"path": "/elsewhere", "raw_path": b"/elsewhere", "query_string": b""})


def posted(scope: dict[str, Any]) -> None:
    moved(scope)
    scope["method"] = "OPTIONS"


def stripped(scope: dict[str, Any]) -> None:
    """Headers that nobody knows are dropped."""
    moved(scope)
    scope["headers"] = [line for line in scope["headers"] if line[0] in (*KEPT, b"user-agent")]


def renamed(scope: dict[str, Any]) -> None:
    """The agent is the proxy, which has headers of its own."""
    moved(scope)
    lines = [line for line in scope["headers"] if line[0] != b"user-agent"]
    scope["headers"] = [*lines, (b"user-agent", b"proxy"), (b"x-forwarded-for", b"192.0.2.7")]


def bare(scope: dict[str, Any]) -> None:
    """Nothing is left by which a request can be known."""
    moved(scope)
    scope["headers"] = [line for line in scope["headers"] if line[0] in KEPT]


def blank(scope: dict[str, Any]) -> None:
    """What the request line says is left, and nothing else."""
    nobody(scope)
    scope["headers"] = [line for line in scope["headers"] if line[0] in KEPT]


LAYERS = {
    layer.__name__: layer
    for layer in (nobody, another, forwarded, moved, posted, stripped, renamed, bare, blank)
}


def altered(name: str, app: Any) -> Any:
    """The app, within this layer."""

    async def changed(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            scope = {**scope, "headers": list(scope["headers"])}
            LAYERS[name](scope)
            if scope["type"] == "websocket":
                scope.pop("method", None)
        await app(scope, receive, send)

    return changed


def held(app: Any) -> Any:
    """The app, whose calls come in pairs: the first of two begins when the second does."""
    waiting: list[asyncio.Event] = []

    async def changed(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            pass
        elif waiting:
            asyncio.get_running_loop().call_later(0.02, waiting.pop().set)
        else:
            waiting.append(event := asyncio.Event())
            await event.wait()
        await app(scope, receive, send)

    return changed


NAME = os.environ.get("ASGISIM_ALTERED", "")
app = held(altered(NAME, puppet.app)) if NAME else puppet.app
