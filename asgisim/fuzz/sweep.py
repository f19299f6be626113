"""The systematic sweep: every single fault at every place, and every single odd spelling, one at a time.

It needs no chance and no seed. It finds what is wrong with one thing changed, which is most of what
there is to find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from asgisim.fuzz.mutate import fork, own_scope
from asgisim.model import trace as t
from asgisim.model.scenario import Act, Exchange, Scenario
from asgisim.model.trace import Trace
from asgisim.space import Route, scopes, scripts
from asgisim.space.repair import repair
from asgisim.space.values import CLOSES, GOOD_BODIES, MESSAGES, ODD_BODIES

MAX_COUNT = 6  # of events of a gate that a fault is put behind
MAX_TICKS = 12
_BODY_METHODS = frozenset(["POST", "PUT", "PATCH"])
_KINDS = (b"application/json", b"application/x-www-form-urlencoded", b"multipart/form-data")


def base_scenarios(routes: Sequence[Route]) -> list[Scenario]:
    """The plain exchanges to go out from: for each route, then lifespan, then an unknown scope type."""
    found: list[Scenario] = []
    for route in routes:
        if route.protocol == "http":
            found += [Scenario([exchange]) for exchange in _http_bases(route)]
        elif route.protocol == "websocket":
            found += [Scenario([exchange]) for exchange in _websocket_bases(route)]
    startup = Act("recv", 0, "event", {"type": "lifespan.startup"})
    found.append(Scenario([Exchange(scopes.lifespan(), [startup, Act("idle", 1, "shutdown")])]))
    unknown = {"type": "asgisim.unknown", "asgi": {"version": "3.0"}}
    found.append(Scenario([Exchange(unknown)]))
    return found


def _http_bases(route: Route) -> Iterator[Exchange]:
    if (route.method or "GET") not in _BODY_METHODS:
        yield _request(route, None, [b""])
        return
    yield _request(route, b"text/plain", [b"hel", b"lo"])
    for kind in _KINDS:
        body = next(body for name, body in GOOD_BODIES if name and name.startswith(kind) and len(body) > 2)
        name = next(name for name, one in GOOD_BODIES if one == body)
        yield _request(route, name, [body])


def _request(route: Route, kind: bytes | None, parts: list[bytes]) -> Exchange:
    scope = scopes.http(route.method or "GET", scopes.fill(route.path))
    if kind is not None:
        length = sum(map(len, parts))
        scope["headers"] += [(b"content-type", kind), (b"content-length", b"%d" % length)]
    scopes.put_headers(scope, route.headers)
    last = len(parts) - 1
    steps = [
        Act("recv", 0 if index == 0 else 1, "event", scripts.request(part, index < last, 0))
        for index, part in enumerate(parts)
    ]
    return Exchange(scope, steps)


def _websocket_bases(route: Route) -> Iterator[Exchange]:
    path = scopes.fill(route.path)
    for messages in (("hello", b"hello"), (b"hello", "hello")):
        steps = [Act("recv", 0, "event", scripts.connect())]
        steps += [Act("send", 1, "event", scripts.message(value, 0)) for value in messages]
        steps.append(Act("idle", 1, "disconnect", {"code": 1000, "reason": ""}))
        scope = scopes.websocket(path)
        scopes.put_headers(scope, route.headers)
        yield Exchange(scope, steps)


def sweep(run: Callable[[Scenario], Trace], base: Scenario, *, edits: bool = True) -> Iterator[Scenario]:
    """The base itself, then everything that differs from it in one thing; the most telling first.

    The faults and edits go to the last exchange. `run` is used once, to see how many events there are
    for a fault to fall between. edits: odd scopes and headers too; once for each route is enough.
    """
    yield base
    last = base.exchanges[-1]
    if last.protocol not in scopes.EDITS:
        return
    counts = _counts(run(base), len(base.exchanges) - 1)
    groups = [
        _faults(last, counts),
        _spellings(last),
        _scope_edits(last, scopes.SWEPT_EDITS[last.protocol] if edits else ()),
        _scope_edits(last, scopes.SWEPT_HEADERS if edits and last.protocol != "lifespan" else ()),
        _late_faults(last, counts),
    ]
    if last.protocol != "lifespan":
        # The same once more, one after the other and at the same time: nothing may carry over.
        for start in (0, 1, 3):
            twin = _copy(last)
            twin.options.start = start
            yield Scenario([*base.exchanges, twin])
    seen = {_key(last, last)}
    for exchange in _in_turn(groups):
        key = _key(exchange, last)
        if key not in seen:
            seen.add(key)
            yield Scenario([*base.exchanges[:-1], exchange])


def _key(exchange: Exchange, base: Exchange) -> tuple[object, ...]:
    """Equal for equal exchanges that go out from one base. The script's bodies are not written out."""
    options = exchange.options
    scope = exchange.scope
    steps = [
        (gate, n, act, tuple(arg.items()) if isinstance(arg, dict) else arg)
        for gate, n, act, arg in exchange.script
    ]
    same = scope is base.scope or scope == base.scope
    return (not same and repr(scope), tuple(steps), options.late_send, options.passes, options.start)


def _in_turn(groups: list[Iterator[Exchange]]) -> Iterator[Exchange]:
    while groups:
        for group in list(groups):
            one = next(group, None)
            if one is None:
                groups.remove(group)
            else:
                yield one


def _counts(trace: Trace, exchange: int) -> dict[str, int]:
    """How often each gate opened in a plain run, with one more for what comes after."""
    kinds = [one.kind for one in trace if one.exchange == exchange]
    sends = min(kinds.count(t.SEND) + 1, MAX_COUNT)
    return {"recv": min(kinds.count(t.RECEIVE) + 1, MAX_COUNT), "send": sends, "presend": sends}


def _copy(base: Exchange, script: list[Act] | None = None) -> Exchange:
    """A fork of the base, with another script if there is one."""
    copied = fork(base)
    if script is not None:
        copied.script = script
    return copied


def _with(base: Exchange, at: int, *acts: Act) -> Exchange:
    """The exchange with acts put in before step `at`; what came after them keeps its gates."""
    return _copy(base, [*base.script[:at], *acts, *base.script[at:]])


def _ways_to_leave(protocol: str) -> tuple[tuple[str, object], ...]:
    if protocol == "lifespan":
        return (("shutdown", None),)
    if protocol == "websocket":
        return (
            ("disconnect", None),
            ("cancel", None),
            ("disconnect", {"code": 1001, "reason": "going away"}),
        )
    return (("disconnect", None), ("cancel", None))


def _places(base: Exchange) -> list[int]:
    """Where a fault goes in: behind the last step first, and so on to the front (behind the first event
    of protocols that have one)."""
    return list(range(len(base.script), -1 if base.protocol == "http" else 0, -1))


def _faults(base: Exchange, counts: dict[str, int]) -> Iterator[Exchange]:
    """Every way to leave, at once and behind each receive and send, with a raising and a silent server."""
    ways = _ways_to_leave(base.protocol)
    for n in range(MAX_COUNT + 1):
        for act, arg in ways:
            for at in _places(base):
                if n == 0:
                    yield _with(base, at, Act("recv", 0, act, arg))
                    continue
                for gate in ("send", "recv", "presend"):
                    if n <= counts[gate]:
                        yield _with(base, at, Act(gate, n, act, arg))
    end = len(base.script)
    if base.protocol == "lifespan":
        return
    for n in range(1, counts["send"] + 1):
        silent = _with(base, end, Act("send", n, "disconnect"))
        own_scope(silent)["asgi"] = {"version": "3.0", "spec_version": "2.3"}
        yield silent
        yield _with(base, end, Act("send", n, "shutdown"))
        yield _with(base, end, Act("presend", n, "block"), Act("sleep", 5, "unblock"))
        yield _with(base, end, Act("presend", n, "block"), Act("sleep", 5, "disconnect"))
        yield _with(base, end, Act("presend", n, "block"), Act("sleep", 5, "cancel"))


def _late_faults(base: Exchange, counts: dict[str, int]) -> Iterator[Exchange]:
    """Every way to leave between two awaits and in the middle of a pause, and a server that dawdles."""
    end = len(base.script)
    for passes in (1, 3):
        slow = _copy(base)
        slow.options.passes = passes
        yield slow
    for act, arg in _ways_to_leave(base.protocol)[:2]:
        yield _with(base, end, Act("idle", 1, act, arg))
        for tick in range(1, MAX_TICKS + 1):
            yield _with(base, end, Act("tick", tick, act, arg))
        for seconds in scripts.SLEEPS:
            yield _with(base, end, Act("sleep", seconds, act, arg))
    for at in range(end):
        # Each event of the base late: by a pause, by a few passes.
        for gate, n in (("sleep", 20), ("tick", 3), ("idle", 1), ("recv", 1)):
            late = _copy(base)
            late.script[at] = late.script[at]._replace(gate=gate, n=n)
            if at or base.protocol == "http":
                yield late


def _scope_edits(base: Exchange, edits: Sequence[scopes.Edit]) -> Iterator[Exchange]:
    for edit in edits:
        odd = _copy(base)
        edit.apply(own_scope(odd))
        yield repair(odd)


def _spellings(base: Exchange) -> Iterator[Exchange]:
    if base.protocol == "http":
        yield from _body_spellings(base)
    elif base.protocol == "websocket":
        yield from _message_spellings(base)


def _body_spellings(base: Exchange) -> Iterator[Exchange]:
    body = scripts.body_of(base.script)
    spoken = [act for act in base.script if not scripts.is_request(act)]

    def choose_middle(n: int) -> int:
        return n // 2

    def send(parts: list[bytes], spelling: int, gate: tuple[str, int]) -> Exchange:
        last = len(parts) - 1
        steps = [
            Act(*(gate if index else scripts.AT_ONCE), "event", scripts.request(part, index < last, spelling))
            for index, part in enumerate(parts)
        ]
        return repair(_copy(base, steps + spoken))

    for spelling in range(scripts.SPELLINGS):
        yield send([body], spelling, scripts.AT_ONCE)
    for way in range(1, scripts.WAYS_TO_CUT):
        for gate in (("recv", 1), scripts.AT_ONCE):
            for spelling in (0, 2):
                yield send(scripts.cut(body, way, choose_middle), spelling, gate)
    if base.scope.get("method") not in _BODY_METHODS:
        return
    for kind, other in (*GOOD_BODIES, *ODD_BODIES):
        odd = send([other], 0, scripts.AT_ONCE)
        headers = [pair for pair in odd.scope["headers"] if pair[0].lower() != b"content-type"]
        own_scope(odd)["headers"] = headers + ([(b"content-type", kind)] if kind is not None else [])
        yield odd


def _message_spellings(base: Exchange) -> Iterator[Exchange]:
    places = [at for at, act in enumerate(base.script) if scripts.is_message(act)]
    for spelling in (1, 0, 2):
        for value in MESSAGES:
            for at in places[:1]:
                odd = _copy(base)
                odd.script[at] = odd.script[at]._replace(arg=scripts.message(value, spelling))
                yield odd
    burst = [act._replace(gate="recv", n=0) if scripts.is_message(act) else act for act in base.script]
    if places:
        burst[places[0]] = base.script[places[0]]
        yield _copy(base, burst)
    for close in CLOSES:
        yield _copy(
            base,
            [act for act in base.script if act.act != "disconnect"] + [Act("idle", 1, "disconnect", close)],
        )
        for at in places:
            yield _copy(base, [*base.script[: at + 1], Act("recv", 0, "disconnect", close)])
