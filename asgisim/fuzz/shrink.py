"""Make a failing scenario small: greedy passes on the scenario itself, until none helps any more.

What is left reads as if a person had written it: a plain GET of ``/`` with what the failure needs and
no more. A scenario that was legal stays legal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from asgisim.fuzz.mutate import copy
from asgisim.model.scenario import Act, Exchange, Options, Scenario
from asgisim.space import scopes, scripts
from asgisim.space.repair import repair

Test = Callable[[Scenario], bool]


def shrink(scenario: Scenario, still_fails: Test, budget: int = 500) -> Scenario:
    """The smallest scenario found for which `still_fails` holds, in at most `budget` calls of it.

    The scenario itself is taken to fail and is returned if nothing smaller does.
    """
    return _Shrinker(still_fails, budget, _legal(scenario)).shrink(scenario)


def _legal(scenario: Scenario) -> bool:
    return all(_key(Scenario([repair(copy(one))])) == _key(Scenario([one])) for one in scenario.exchanges)


def _key(scenario: Scenario) -> str:
    return json.dumps(scenario.to_json(), sort_keys=True)


class _Shrinker:
    def __init__(self, still_fails: Test, budget: int, legal: bool) -> None:
        self.still_fails = still_fails
        self.left = budget
        self.legal = legal
        self.known: set[str] = set()

    def shrink(self, scenario: Scenario) -> Scenario:
        best = scenario
        self.known.add(_key(best))
        while True:
            before = best
            for one_pass in _PASSES:
                best = self._exhaust(one_pass, best)
                if self.left <= 0:
                    return best
            if best is before:
                return self._exhaust(_whole_request, best)

    def _exhaust(self, one_pass: Pass, best: Scenario) -> Scenario:
        """Apply a pass until none of its candidates fails; after a success go on from where it was."""
        skip = 0
        while True:
            for index, candidate in enumerate(one_pass(best)):
                if index < skip:
                    continue
                if self._fails(candidate):
                    best = candidate
                    skip = index
                    break
                if self.left <= 0:
                    return best
            else:
                if skip == 0:
                    return best
                skip = 0

    def _fails(self, candidate: Scenario) -> bool:
        if self.legal:
            for exchange in candidate.exchanges:
                repair(exchange)
        key = _key(candidate)
        if key in self.known or self.left <= 0:
            return False
        self.known.add(key)
        self.left -= 1
        return self.still_fails(candidate)


Pass = Callable[[Scenario], Iterator[Scenario]]


def _changed(scenario: Scenario, index: int) -> tuple[Scenario, Exchange]:
    """A scenario with a copy of one exchange in it, and that copy."""
    exchange = copy(scenario.exchanges[index])
    return Scenario([*scenario.exchanges[:index], exchange, *scenario.exchanges[index + 1 :]]), exchange


def _fewer_exchanges(scenario: Scenario) -> Iterator[Scenario]:
    count = len(scenario.exchanges)
    if count == 1:
        return
    for index in reversed(range(count)):
        yield Scenario([copy(scenario.exchanges[index])])
    for index in reversed(range(count)):
        yield Scenario([copy(one) for at, one in enumerate(scenario.exchanges) if at != index])


def _fewer_steps(scenario: Scenario) -> Iterator[Scenario]:
    for index, exchange in enumerate(scenario.exchanges):
        size = len(exchange.script)
        run = size
        while run:
            for start in reversed(range(0, size - run + 1, max(1, run // 2))):
                smaller, mine = _changed(scenario, index)
                del mine.script[start : start + run]
                yield smaller
            run //= 2
        for start in range(size - 1):  # drop a step, and hand its gate to the next
            smaller, mine = _changed(scenario, index)
            gone = mine.script.pop(start)
            mine.script[start] = mine.script[start]._replace(gate=gone.gate, n=gone.n)
            yield smaller


def _whole_request(scenario: Scenario) -> Iterator[Scenario]:
    """Where the client leaves and need not: a request that comes whole. A line more, and plainer."""
    for index, exchange in enumerate(scenario.exchanges):
        if exchange.protocol == "http" and len(exchange.script) <= 1:
            plainer, mine = _changed(scenario, index)
            mine.script = [Act("recv", 0, "event", {"type": "http.request", "body": b"", "more_body": False})]
            if mine.script != exchange.script:
                yield plainer


def _plain_scope(scenario: Scenario) -> Iterator[Scenario]:
    """The whole scope at once: the least of all, then the least with what was asked for."""
    for index, exchange in enumerate(scenario.exchanges):
        for plain in _plainer_scopes(exchange.scope):
            if scopes_size(plain) < scopes_size(exchange.scope):
                smaller, mine = _changed(scenario, index)
                mine.scope = plain
                yield smaller


def scopes_size(scope: dict[str, Any]) -> tuple[int, int]:
    """How much there is to read in a scope: keys and headers, then characters."""
    try:
        headers = len(scope.get("headers") or ())
    except TypeError:
        headers = 0
    return (len(scope) + headers, len(repr(scope)))


def _plainer_scopes(scope: dict[str, Any]) -> Iterator[dict[str, Any]]:
    kind = scope.get("type")
    method, path = scope.get("method"), scope.get("path")
    if kind == "http" and isinstance(method, str) and isinstance(path, str):
        yield scopes.http_least()
        yield scopes.http_least(method, path)
        yield {**scopes.http_least(method, path), "asgi": scopes.fresh(scope.get("asgi"))}
        yield {**scopes.http_least(method, path), "headers": scopes.fresh(scope.get("headers"))}
    elif kind == "websocket" and isinstance(path, str):
        yield scopes.websocket_least()
        yield scopes.websocket_least(path)
        yield {**scopes.websocket_least(path), "asgi": scopes.fresh(scope.get("asgi"))}
    elif kind == "lifespan":
        yield {"type": "lifespan", "asgi": {"version": "3.0"}}


# What the specification wants in every scope, by type: never dropped by the shrinker.
_NEEDED = {
    "http": frozenset(["type", "asgi", "http_version", "method", "path", "query_string", "headers"]),
    "websocket": frozenset(["type", "asgi", "path", "headers"]),
}
_ALWAYS = frozenset(["type", "asgi"])
_PLAIN: dict[str, Any] = {
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "GET",
    "query_string": b"",
    "root_path": "",
    "state": {},
    "extensions": {},
    "scheme": "http",
    "client": ["127.0.0.1", 50000],
    "server": ["127.0.0.1", 80],
    "subprotocols": [],
}


def _scope_keys(scenario: Scenario) -> Iterator[Scenario]:
    for index, exchange in enumerate(scenario.exchanges):
        needed = _NEEDED.get(exchange.protocol, _ALWAYS)
        for key in reversed(exchange.scope):
            if key not in needed:
                smaller, mine = _changed(scenario, index)
                del mine.scope[key]
                yield smaller
        for key, value in exchange.scope.items():
            plain = _PLAIN.get(key)
            if key == "scheme" and exchange.protocol == "websocket":
                plain = "ws"
            if plain is not None and value != plain:
                smaller, mine = _changed(scenario, index)
                mine.scope[key] = scopes.fresh(plain)
                yield smaller
        extensions = exchange.scope.get("extensions")
        for name in extensions if isinstance(extensions, dict) else ():
            smaller, mine = _changed(scenario, index)
            del mine.scope["extensions"][name]
            yield smaller
        query = exchange.scope.get("query_string")
        if isinstance(query, bytes):
            for shorter in _shorter(query):
                smaller, mine = _changed(scenario, index)
                mine.scope["query_string"] = shorter
                yield smaller


def _paths(scenario: Scenario) -> Iterator[Scenario]:
    for index, exchange in enumerate(scenario.exchanges):
        path = exchange.scope.get("path")
        if not isinstance(path, str) or path == "/":
            continue
        root = exchange.scope.get("root_path") or ""
        for shorter in ("/", *(path[:cut] for cut in (len(path) // 2, len(path) - 1) if cut > 0)):
            whole = root + shorter if not shorter.startswith(root) else shorter
            if len(whole) >= len(path):
                continue
            smaller, mine = _changed(scenario, index)
            mine.scope["path"] = whole
            if isinstance(mine.scope.get("raw_path"), bytes):
                mine.scope["raw_path"] = scopes.raw(whole)
            yield smaller


def _headers(scenario: Scenario) -> Iterator[Scenario]:
    for index, exchange in enumerate(scenario.exchanges):
        if not isinstance(exchange.scope.get("headers"), list | tuple):
            continue
        headers: list[Any] = list(exchange.scope["headers"])
        run = len(headers)
        while run:
            for start in reversed(range(0, len(headers) - run + 1, max(1, run // 2))):
                smaller, mine = _changed(scenario, index)
                mine.scope["headers"] = headers[:start] + headers[start + run :]
                yield smaller
            run //= 2
        for at, pair in enumerate(headers):
            if isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[1], bytes):
                for shorter in _shorter(pair[1]):
                    smaller, mine = _changed(scenario, index)
                    line = [pair[0], shorter] if isinstance(pair, list) else (pair[0], shorter)
                    mine.scope["headers"] = [*headers[:at], line, *headers[at + 1 :]]
                    yield smaller


def _options(scenario: Scenario) -> Iterator[Scenario]:
    for index, exchange in enumerate(scenario.exchanges):
        options = exchange.options
        for plainer in (
            Options(),
            Options(start=options.start),
            Options(late_send=options.late_send),
            Options(options.late_send, min(options.passes, 1), options.start),
            Options(options.late_send, options.passes // 2, options.start),
            Options(options.late_send, options.passes, max(0, options.start - 1)),
        ):
            if plainer != options:
                smaller, mine = _changed(scenario, index)
                mine.options = plainer
                yield smaller


def _gates(scenario: Scenario) -> Iterator[Scenario]:
    for index, exchange in enumerate(scenario.exchanges):
        for at, act in enumerate(exchange.script):
            for gate, n in _simpler_gates(act):
                smaller, mine = _changed(scenario, index)
                mine.script[at] = mine.script[at]._replace(gate=gate, n=n)
                yield smaller


def _simpler_gates(act: Act) -> Iterator[tuple[str, int]]:
    if act.n == 0:
        return
    yield ("recv", 0)
    order = ("recv", "send", "presend", "idle", "tick", "sleep")
    for gate in order[: order.index(act.gate)] if act.gate in order else ():
        yield (gate, 1)
    for n in dict.fromkeys((1, act.n // 2, act.n - 1)):
        if 0 < n < act.n:
            yield (act.gate, n)


def _merge(scenario: Scenario) -> Iterator[Scenario]:
    """Two parts of a body become one; a body that ends is whole in one piece."""
    for index, exchange in enumerate(scenario.exchanges):
        places = [at for at, act in enumerate(exchange.script) if scripts.is_request(act)]
        for first, second in pairwise(places):
            smaller, mine = _changed(scenario, index)
            one, two = mine.script[first].arg, mine.script[second].arg
            body = one.get("body", b"") + two.get("body", b"")
            mine.script[first] = mine.script[first]._replace(arg={**two, "body": body})
            del mine.script[second]
            yield smaller
        for at in places:
            if exchange.script[at].arg.get("more_body"):
                smaller, mine = _changed(scenario, index)
                mine.script[at].arg["more_body"] = False
                yield smaller


def _arguments(scenario: Scenario) -> Iterator[Scenario]:
    for index, exchange in enumerate(scenario.exchanges):
        for at, act in enumerate(exchange.script):
            for plainer in _plainer_arguments(act):
                smaller, mine = _changed(scenario, index)
                mine.script[at] = act._replace(arg=plainer)
                yield smaller


_MANDATORY = frozenset(["type", "code"])


def _plainer_arguments(act: Act) -> Iterator[Any]:
    arg = act.arg
    if not isinstance(arg, dict):
        return
    if act.act == "disconnect":
        yield None
        if arg != {"code": 1000}:
            yield {"code": 1000}
    for key in arg:
        if key.startswith("asgisim.") or (arg[key] is None and key not in _MANDATORY):
            yield {name: scopes.fresh(value) for name, value in arg.items() if name != key}
    if act.act == "disconnect" and arg.get("reason"):
        yield {**arg, "reason": ""}
    if act.act == "disconnect" and "reason" in arg:
        yield {"code": arg.get("code")}
    if arg.get("type") == "http.request":
        for key, plain in (("more_body", False), ("body", b"")):
            if key not in arg:
                yield {**arg, key: plain}
    if arg.get("type") == "websocket.receive" and arg.get("bytes") is not None and arg.get("text") is None:
        yield {"type": "websocket.receive", "text": "hello"}
    for key in ("body", "bytes"):
        if isinstance(arg.get(key), bytes):
            for shorter in _shorter(arg[key]):
                yield {**arg, key: shorter}
    if isinstance(arg.get("text"), str):
        for text in _shorter_text(arg["text"]):
            yield {**arg, "text": text}


def _shorter(value: bytes) -> Iterator[bytes]:
    """Plainer byte strings: none, one letter, a half, one byte less, the odd bytes made plain."""
    if not value:
        return
    yield b""
    if len(value) > 1:
        yield b"a"
        yield value[: len(value) // 2]
        yield value[len(value) // 2 :]
        for at in range(min(len(value), 16)):
            yield value[:at] + value[at + 1 :]
    plain = bytes(code if 0x20 <= code < 0x7F else 0x61 for code in value)
    if plain != value:
        yield plain


def _shorter_text(value: str) -> Iterator[str]:
    if not value:
        return
    yield ""
    if len(value) > 1:
        yield "a"
        yield value[: len(value) // 2]
        yield value[len(value) // 2 :]
        for at in range(min(len(value), 16)):
            yield value[:at] + value[at + 1 :]


_ODD_ACTS = frozenset(["cancel", "block", "unblock", "shutdown"])


def _acts(scenario: Scenario) -> Iterator[Scenario]:
    """A plainer act in the place of an odder one, where it fails as well."""
    for index, exchange in enumerate(scenario.exchanges):
        if exchange.protocol not in ("http", "websocket"):
            continue
        for at, act in enumerate(exchange.script):
            if act.act in _ODD_ACTS:
                smaller, mine = _changed(scenario, index)
                mine.script[at] = act._replace(act="disconnect", arg=None)
                yield smaller


def _lists(scenario: Scenario) -> Iterator[Scenario]:
    """Tuples as lists: they read better in a file, and mostly it does not matter."""
    for index, exchange in enumerate(scenario.exchanges):
        listed = _listed(exchange.scope)
        if listed != exchange.scope:
            smaller, mine = _changed(scenario, index)
            mine.scope = listed
            yield smaller


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_listed(item) for item in value]
    return value


_PASSES: tuple[Pass, ...] = (
    _fewer_exchanges,
    _fewer_steps,
    _plain_scope,
    _headers,
    _scope_keys,
    _paths,
    _options,
    _merge,
    _gates,
    _acts,
    _arguments,
    _lists,
)
