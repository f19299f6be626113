"""Servers under test: each is started, awaited and stopped in the same way.

``with start("uvicorn", app="myapp:app") as running: ...``
"""

from __future__ import annotations

import importlib
from typing import Any

from asgisim.servers.base import FEATURES, Launch, Server, ServerError, ServerMissing, features
from asgisim.servers.daphne import DAPHNE
from asgisim.servers.granian import GRANIAN
from asgisim.servers.gunicorn import GUNICORN
from asgisim.servers.hypercorn import HYPERCORN
from asgisim.servers.process import Running, launch
from asgisim.servers.reference import REFERENCE
from asgisim.servers.uvicorn import STACKS

__all__ = [
    "FEATURES",
    "PLAIN",
    "SERVERS",
    "Launch",
    "Running",
    "Server",
    "ServerError",
    "ServerMissing",
    "features",
    "find",
    "start",
]

SERVERS: dict[str, Server] = {
    server.name: server for server in (*STACKS, HYPERCORN, DAPHNE, GRANIAN, GUNICORN, REFERENCE)
}
# One name for each, however many stacks it has.
PLAIN = tuple(dict.fromkeys(name.partition("-")[0] for name in SERVERS))
# Short names for stacks that people mean when they name the server alone.
ALIASES = {
    "uvicorn": "uvicorn-httptools-websockets-sansio",
    "uvicorn-h11": "uvicorn-h11-wsproto",
    "uvicorn-httptools": "uvicorn-httptools-websockets-sansio",
}


def find(name: str) -> tuple[Server, str | None]:
    """The server of this name and the loop asked for: ``hypercorn``, ``hypercorn@trio``, ``module:SERVER``.

    Raises ServerError that lists the names for one that is unknown.
    """
    plain, at, loop = name.partition("@")
    if ":" in plain:
        server = _third_party(plain)
    else:
        found = SERVERS.get(ALIASES.get(plain, plain))
        if found is None:
            names = ", ".join(sorted({*SERVERS, *ALIASES}))
            raise ServerError(f"expected a server out of {names}, or module:attribute, but got {name!r}")
        server = found
    if at and loop not in server.loops:
        raise ServerError(f"{plain}: expected a loop out of {', '.join(server.loops)}, but got {loop!r}")
    return server, loop or None


def _third_party(name: str) -> Server:
    module, _, attribute = name.partition(":")
    try:
        value: Any = importlib.import_module(module)
        for part in attribute.split("."):
            value = getattr(value, part)
    except Exception as error:  # a module may do anything while it is imported
        raise ServerError(f"the server {name[:80]} cannot be loaded: {error}") from error
    if not isinstance(value, Server):
        raise ServerError(f"{name}: expected an asgisim.servers.Server, but got {type(value).__name__}")
    return value


def start(name: str | Server, app: str, *, loop: str | None = None, **options: Any) -> Running:
    """Start a server with an app (``module:attribute``) and return when it is ready.

    The options are those of asgisim.servers.process.launch: python, host, port, path, env, cwd, uds,
    root_path, lifespan, args, timeout, meanwhile, wait. Raises ServerError, ServerMissing.
    """
    server, named = (name, None) if isinstance(name, Server) else find(name)
    return launch(server, app, loop=loop or named, **options)
