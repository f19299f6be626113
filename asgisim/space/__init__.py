"""What can be generated, defined once: scenarios of legal but odd traffic, drawn by ``choose``.

``choose(n)`` gives an int from 0 to n - 1, and 0 is always the simplest. Hypothesis (the strategies)
and a seeded ``random.Random`` (the campaign) are the two sources. Whatever is drawn is behaviour that
the specification allows a server and its client: what breaks, the app breaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asgisim.model.scenario import Act, Exchange, Options, Scenario
from asgisim.space import scopes, scripts
from asgisim.space.scripts import Choose
from asgisim.space.values import BODIES, GOOD_BODIES

__all__ = ["Choose", "Route", "exchange", "plain_request", "scenario", "scope"]


@dataclass(frozen=True, slots=True)
class Route:
    """Something an app answers to. Parameters of the path (``{id}``, ``<int:id>``) are filled in.

    headers: what each request for it has beside what is generated, such as an authorization.
    """

    method: str
    path: str
    protocol: str = "http"
    headers: tuple[tuple[bytes, bytes], ...] = ()


_ROOT = {"http": Route("GET", "/", "http"), "websocket": Route("GET", "/", "websocket")}

# How many edits a scope gets, and how many header lines.
_EDITS = (0, 0, 0, 1, 0, 1, 2, 1, 0, 1, 2, 3, 0, 1, 2, 6)
_LINES = (0, 0, 1, 0, 1, 2, 1, 4)
_WITH_BODY = frozenset(["POST", "PUT", "PATCH", "DELETE", "QUERY"])
_NO_ROUTES: tuple[Route, ...] = ()


def plain_request(method: str = "GET", path: str = "/", body: bytes = b"") -> Scenario:
    """A plain request as one exchange: the simplest that there is."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
    }
    request = {"type": "http.request", "body": body, "more_body": False}
    return Scenario([Exchange(scope, [Act("recv", 0, "event", request)])])


def scenario(
    choose: Choose,
    *,
    protocols: Sequence[str] = ("http", "websocket"),
    routes: Sequence[Route] = (),
    profile: str = "edge",
) -> Scenario:
    """Draw a scenario: mostly one exchange, now and then several that overlap.

    protocols: "http", "websocket", "lifespan". routes: what to ask for; "/" where there is none for a
    protocol. profile: "edge" for the whole legal range, "valid" for what common servers and clients do.
    """
    first = exchange(choose, protocols=protocols, routes=routes, profile=profile)
    exchanges = [first]
    more = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2)[choose(16)]
    for _ in range(more):
        others = [name for name in protocols if name != "lifespan"]
        if not others:
            break
        other = exchange(choose, protocols=others, routes=routes, profile=profile)
        other.options.start = choose(4)
        exchanges.append(other)
    return Scenario(exchanges)


def exchange(
    choose: Choose,
    *,
    protocols: Sequence[str] = ("http", "websocket"),
    routes: Sequence[Route] = (),
    profile: str = "edge",
) -> Exchange:
    """Draw one exchange; the same arguments as `scenario`."""
    usable = [route for route in routes if route.protocol in protocols]
    missing = [name for name in protocols if all(route.protocol != name for route in usable)]
    every = [*usable, *(_ROOT.get(name, _LIFESPAN) for name in missing)]
    route = every[choose(len(every))]
    edge = profile == "edge"
    if route.protocol == "http":
        return _http(choose, route, edge)
    if route.protocol == "websocket":
        return _websocket(choose, route, edge)
    return _lifespan(choose, edge)


_LIFESPAN = Route("", "", "lifespan")


def scope(choose: Choose, route: Route, *, profile: str = "edge") -> scopes.Scope:
    """Draw the scope of one exchange with a route; for a lifespan its protocol is all that counts."""
    return exchange(choose, protocols=(route.protocol,), routes=(route,), profile=profile).scope


def _edit(choose: Choose, scope: scopes.Scope, edge: bool) -> None:
    kind = scope["type"]
    count = _EDITS[choose(16)]
    if count and edge:
        edits = scopes.EDITS[kind]
        for _ in range(count):
            edits[choose(len(edits))].apply(scope)
    lines = _LINES[choose(8)]
    if lines:
        table = scopes.HEADER_EDITS if edge else scopes.GOOD_HEADER_EDITS
        for _ in range(lines):
            table[choose(len(table))].apply(scope)


def _options(choose: Choose, edge: bool) -> Options:
    draw = choose(16)
    return Options(passes=draw - 8 if draw > 8 else 0) if edge else Options()


def _http(choose: Choose, route: Route, edge: bool) -> Exchange:
    path = scopes.fill(route.path)
    build = scopes.http_least if choose(12) == 0 else scopes.http
    scope = build(route.method or "GET", path)
    draw = choose(4)
    if draw or route.method in _WITH_BODY:
        bodies = BODIES if edge else GOOD_BODIES
        kind, body = bodies[choose(len(bodies))] if draw != 1 or route.method in _WITH_BODY else bodies[0]
    else:
        kind, body = None, b""
    if body:
        if kind is not None:
            scope["headers"].append((b"content-type", kind))
        scope["headers"].append((b"content-length", b"%d" % len(body)))
    if route.headers:
        scopes.put_headers(scope, route.headers)
    _edit(choose, scope, edge)
    steps = scripts.body_steps(body, choose)
    return Exchange(scope, scripts.with_faults(steps, choose), _options(choose, edge))


def _websocket(choose: Choose, route: Route, edge: bool) -> Exchange:
    path = scopes.fill(route.path)
    scope = scopes.websocket_least(path) if choose(12) == 0 else scopes.websocket(path)
    if route.headers:
        scopes.put_headers(scope, route.headers)
    _edit(choose, scope, edge)
    steps = scripts.websocket_steps(choose)  # connect stays in front
    return Exchange(scope, scripts.with_faults(steps, choose, 1), _options(choose, edge))


def _lifespan(choose: Choose, edge: bool) -> Exchange:
    scope = scopes.lifespan()
    if edge and choose(2):
        edits = scopes.EDITS["lifespan"]
        edits[choose(len(edits))].apply(scope)
    steps = [Act("recv", 0, "event", {"type": "lifespan.startup"})]
    draw = choose(6)
    if draw:
        name, n = (("send", 1), ("recv", 1), ("idle", 1), ("sleep", 60), ("tick", 5))[draw - 1]
        steps.append(Act(name, n, "shutdown"))
    return Exchange(scope, steps, _options(choose, edge))
