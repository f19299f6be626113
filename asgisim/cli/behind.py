"""``asgisim fuzz APP --server NAME``: an app of the user's behind a server, and what is asked of it."""

from __future__ import annotations

import argparse
from dataclasses import replace

from asgisim import target
from asgisim.api import routes_of
from asgisim.cli import campaigning
from asgisim.fuzz.settings import Settings
from asgisim.servers import Server
from asgisim.wire.behind import BehindTarget

# Options that an app behind a server cannot have, with what is said then.
REFUSED = {
    "http2": "--http2: an app behind a server is asked over HTTP/1.1; leave it out",
    "emit_script": "--emit-script: scripts hold an app of their own; with APP keep seeds with --save",
}


def name(options: argparse.Namespace) -> str | None:
    """The app as the server is told of it, None without one."""
    apps = getattr(options, "apps", None)
    return f"{apps[0]}()" if apps and options.factory else apps[0] if apps else None


def settings(plain: Settings, options: argparse.Namespace) -> tuple[Settings, dict[str, str]]:
    """The settings with the routes of the app and its protocols, and the versions of its frameworks.

    The app is imported here too, to see its routes; under another interpreter --path must name them.
    """
    headers = tuple(options.header or ())
    found = [route for path in options.path or () for route in routes_of(path)]
    told: dict[str, str] = {}
    if options.python is None:
        loaded = target.load(options.apps[0], options.factory)
        told = loaded.versions
        order = campaigning.Order(
            options.apps[0],
            headers=campaigning.as_text(headers),
            protocols=list(options.protocol or ()),
        )
        found = found or campaigning.routes(loaded, order)
    found = found or routes_of("/")
    taken = {"lifespan", *(route.protocol for route in found)}
    asked = [replace(route, headers=headers) for route in found]
    protocols = tuple(options.protocol or [one for one in plain.protocols if one in taken])
    return replace(plain, routes=asked, protocols=protocols), told


def target_of(server: Server, app: str, python: str | None, loop: str | None, **how: object) -> BehindTarget:
    """The server with the app, to be started."""
    return BehindTarget(server, app, python=python, loop=loop, **how)
