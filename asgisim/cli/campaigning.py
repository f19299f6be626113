"""One campaign as it is ordered on the command line: load the app, find its routes, run, hand back.

Standard library only: with ``--python`` it runs under the interpreter of another environment.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from asgisim import target
from asgisim.api import routes_of
from asgisim.cli.keeping import Keeper
from asgisim.drive.sim import Simulator
from asgisim.fuzz.campaign import Progress, fuzz
from asgisim.fuzz.findings import Campaign
from asgisim.fuzz.settings import Settings
from asgisim.judge import take_defects
from asgisim.middleware.campaign import fuzz_middleware
from asgisim.middleware.compare import Profile
from asgisim.model.scenario import Act, Exchange, Scenario
from asgisim.model.trace import RECEIVE, SEND, WAIT, Trace
from asgisim.space import Route, plain_request
from asgisim.space.scopes import put_headers
from asgisim.spec.editions import edition
from asgisim.spec.rules import Level
from asgisim.target.routes import discover

NO_HTTP = "the app has no route for HTTP, or refuses it: HTTP was not tried"
Headers = tuple[tuple[bytes, bytes], ...]
PROTOCOLS = ("http", "websocket", "lifespan")


@dataclass(slots=True)
class Order:
    """What is asked for, as plain data.

    Empty paths: discover them. headers: of every request, as Latin-1. Empty protocols: those of the routes.
    save: the folder for seeds, written as soon as a finding is confirmed, or an empty str. known: the
    baseline, whose findings get no seed. middleware: the name is that of what puts a middleware around an
    app, and may says what it may change.
    """

    name: str
    factory: bool = False
    wsgi: bool = False
    paths: list[str] = field(default_factory=list)
    headers: list[list[str]] = field(default_factory=list)
    protocols: list[str] = field(default_factory=list)
    max_examples: int = 5000
    max_time: float = 60.0
    seed: int = 0
    loop: str = "asyncio"
    edition: str | None = None
    only: list[str] = field(default_factory=list)
    ignore: list[str] = field(default_factory=list)
    level: str = "implied"
    search: bool = True
    keep_loop: bool = False
    part: list[int] = field(default_factory=lambda: [0, 1])
    save: str = ""
    known: list[list[str]] = field(default_factory=list)
    middleware: bool = False
    may: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Done:
    """What came of it: the campaign, the versions it ran with, the app's source file, the seeds it wrote."""

    campaign: Campaign
    versions: dict[str, str]
    file: str | None
    saved: list[str] = field(default_factory=list)


def run(order: Order, progress: Progress | None = None) -> Done:
    """Run it here. Raises TargetError if the app cannot be had."""
    if order.loop == "trio" and importlib.util.find_spec("trio") is None:
        raise target.TargetError(
            f"--loop trio: trio is not installed for this Python ({sys.executable}); "
            "pip install 'asgisim[trio]' brings it"
        )
    if order.middleware:
        return _run_middleware(order, progress)
    loaded = target.load(order.name, order.factory, order.wsgi)
    keeper = Keeper(order.save, order.name, [tuple(one) for one in order.known]) if order.save else None
    try:
        settings = _settings_for(loaded, order)
        campaign = fuzz(loaded.app, settings, progress, keeper)
        campaign.left_out += take_defects()
        if not (order.paths or order.protocols) and "http" not in settings.protocols:
            campaign.left_out.append(NO_HTTP)
    except KeyboardInterrupt:  # before it had begun: while the routes were looked for
        campaign = Campaign(interrupted=True)
    done = Done(campaign, target.versions(), loaded.file)
    if keeper is not None:
        keeper.settle(campaign.findings)
        done.saved = sorted(keeper.made)
    return done


def _run_middleware(order: Order, progress: Progress | None) -> Done:
    make, file = target.load_middleware(order.name)
    settings = _settings(order, [], tuple(order.protocols or PROTOCOLS))
    campaign = fuzz_middleware(make, settings, Profile(frozenset(order.may)), progress)
    campaign.left_out += take_defects()
    return Done(campaign, target.versions(), file)


def _settings_for(loaded: target.Loaded, order: Order) -> Settings:
    found = routes(loaded, order)
    # A protocol that the app has no route for and was not asked about is one that it does not take part in.
    taken = {"lifespan", *(route.protocol for route in found)}
    protocols = tuple(order.protocols or [one for one in PROTOCOLS if one in taken])
    return replace(_settings(order, found, protocols), reload=loaded.reload, cover=loaded.own)


def _settings(order: Order, routes: list[Route], protocols: tuple[str, ...]) -> Settings:
    return Settings(
        routes=routes,
        protocols=protocols,
        max_examples=order.max_examples,
        max_time=order.max_time,
        seed=order.seed,
        loop=order.loop,
        edition=None if order.edition is None else edition(order.edition),
        only=tuple(order.only),
        ignore=tuple(order.ignore),
        level=Level(order.level),
        search=order.search,
        keep_loop=order.keep_loop,
        part=(order.part[0], order.part[1]),
    )


def simulated(app: target.App, scenario: Scenario, loop: str) -> Trace:
    """One scenario in a simulator of its own."""
    simulator = Simulator(app, loop=loop)
    try:
        trace: Trace = simulator.run(scenario)
        return trace
    finally:
        simulator.close()


def as_text(headers: Iterable[tuple[bytes, bytes]]) -> list[list[str]]:
    """Headers as an order holds them."""
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]


def routes(loaded: target.Loaded, order: Order) -> list[Route]:
    """Those of --path, else those that the app is found to have; with the headers of --header."""
    headers = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in order.headers)
    return [replace(route, headers=headers) for route in _routes(loaded, order, headers)]


def _routes(loaded: target.Loaded, order: Order, headers: Headers) -> list[Route]:
    if order.paths:
        return [route for path in order.paths for route in routes_of(path)]
    found = discover(loaded.raw, lambda path: _fetch(loaded.app, path, headers, order.loop))
    if found:
        return found
    *http, websocket = routes_of("/")
    if not _takes(loaded.app, websocket, order.loop):
        return http
    # One that takes WebSocket alone need not be asked for pages, unless it was.
    asked = "http" in order.protocols or _takes(loaded.app, http[0], order.loop)
    return [*http, websocket] if asked else [websocket]


def _takes(app: target.App, route: Route, loop: str) -> bool:
    """Whether the app knows the protocol: to raise at once is how an app refuses one (main#applications)."""
    plain = plain_request()
    if route.protocol == "websocket":
        scope = {**plain.exchanges[0].scope, "type": "websocket", "scheme": "ws", "subprotocols": []}
        del scope["method"]
        plain = Scenario([Exchange(scope, [Act("recv", 1, "event", {"type": "websocket.connect"})])])
    steps = simulated(app, plain, loop)
    return any(one.kind in (SEND, WAIT, RECEIVE) for one in steps)


def _fetch(app: target.App, path: str, headers: Headers, loop: str) -> bytes | None:
    """The body of a 200 answer to a GET, in process; None for anything else."""
    plain = plain_request("GET", path)
    put_headers(plain.exchanges[0].scope, headers)
    trace = simulated(app, plain, loop)
    events = [one.data for one in trace if one.kind == SEND and isinstance(one.data, dict)]
    if not any(event.get("status") == 200 for event in events):
        return None
    return b"".join(body for event in events if isinstance(body := event.get("body"), bytes))
