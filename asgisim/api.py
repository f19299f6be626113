"""The calls that a test suite makes: one run, or a whole campaign, in one line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from asgisim.fuzz.campaign import fuzz as run_campaign
from asgisim.fuzz.findings import Campaign
from asgisim.fuzz.settings import Settings
from asgisim.space import Route
from asgisim.spec.editions import edition as read_edition
from asgisim.spec.rules import Level


def fuzz(
    app: Any,
    *,
    paths: Iterable[str] = ("/",),
    headers: Iterable[tuple[bytes, bytes]] = (),
    protocols: Iterable[str] = ("http", "websocket", "lifespan"),
    max_examples: int = 5000,
    max_time: float = 60.0,
    seed: int = 0,
    loop: str = "asyncio",
    edition: str | None = None,
    only: Iterable[str] = (),
    ignore: Iterable[str] = (),
    level: str = "implied",
) -> Campaign:
    """Look for broken rules in an app, in process; returns the Campaign with findings and verdicts.

    paths: ``/p`` or ``METHOD:/p``, each tried for HTTP and for WebSocket. headers: of every request, such
    as an authorization. max_time: wall seconds. loop: asyncio or trio. edition: the text to judge by, by
    default what each scope announces. only, ignore: rule ids or prefixes. level: the weakest level told
    (must, should or implied). Raises ValueError for an edition, level or protocol that does not exist, and
    for headers that are no pairs of bytes.
    """
    names = tuple(protocols)
    for name in names:
        if name not in ("http", "websocket", "lifespan"):
            raise ValueError(f"expected http, websocket or lifespan in protocols, but got {name!r}")
    every = tuple(headers)
    for pair in every:
        if [type(part) for part in pair] != [bytes, bytes]:
            raise ValueError(f"expected (name, value) as bytes in headers, but got {pair!r}")
    every = tuple((name.lower(), value) for name, value in every)
    settings = Settings(
        routes=[replace(route, headers=every) for path in paths for route in routes_of(path)],
        protocols=names,
        max_examples=max_examples,
        max_time=max_time,
        seed=seed,
        loop=loop,
        edition=None if edition is None else read_edition(edition),
        only=tuple(only),
        ignore=tuple(ignore),
        level=Level(level),
    )
    return run_campaign(app, settings)


def routes_of(path: str) -> list[Route]:
    """What a ``--path`` stands for: ``/p`` is GET, POST and WebSocket, ``METHOD:/p`` is that method alone.

    Raises ValueError if the path does not begin with a slash.
    """
    method, colon, rest = path.partition(":")
    if colon and not method.startswith("/"):
        path = rest
    if not path.startswith("/"):
        raise ValueError(f"expected a path such as /p or METHOD:/p, but got {path!r}")
    if colon and not method.startswith("/"):
        if method.upper() == "WEBSOCKET":
            return [Route("GET", path, "websocket")]
        return [Route(method.upper(), path, "http")]
    return [Route("GET", path, "http"), Route("POST", path, "http"), Route("GET", path, "websocket")]
