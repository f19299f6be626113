"""The curated set: what every server must take, and what none may, told by the client alone.

From the cases of servers those are taken in which the app does nothing that the puppet at a URL does not do
by itself: read the request and answer it. ``@`` in a target stands for the path that tells the scope.
"""

from __future__ import annotations

import re
from typing import Any

from asgisim.drive.wire.script import Step, WireScenario
from asgisim.probe.target import CONTRACT
from asgisim.wire.cases import malformed

Steps = list[tuple[Any, ...]]
_ANSWER: Steps = [("client", 0, "response", {"bound": 5.0})]
_END: Steps = [("client", 0, "eof", {"bound": 0.5})]
_EVERY = bytes(range(256))
_SPELLED = b"/%61/b%2Fc/%E2%82%AC?x=%20&y=1"


def _asked(**request: Any) -> Steps:
    return [("client", 0, "request", request), *_ANSWER]


# Of the puppet, which answers to any path and method.
PUPPET_CASES: dict[str, Steps] = {
    "a plain request": _asked(),
    "a path in other spellings": _asked(target=_SPELLED),
    "an empty query": _asked(target=b"/?"),
    "two question marks": _asked(target=b"/a?b?c"),
    "dots and slashes": _asked(target=b"/a//b/../c/./d"),
    "a method of one's own": _asked(method=b"PROPFIND"),
    "DELETE": _asked(method=b"DELETE", target=b"/thing"),
    "a body": _asked(method=b"POST", body=_EVERY),
    "a body in segments": _asked(method=b"POST", body=_EVERY * 8, cuts=[100, 1000], pause=0.02),
    "a body in chunks": _asked(method=b"POST", chunks=[b"a", b"bc" * 300, b"d"]),
    "an empty body": _asked(method=b"PUT", body=b""),
    "a large body": _asked(method=b"POST", body=b"x" * 200_000),
    "headers that repeat": _asked(headers=[(b"X-A", b"1"), (b"X-B", b"2"), (b"X-A", b"3")]),
    "a header of Latin-1": _asked(headers=[(b"X-Name", b"caf\xe9")]),
    "an empty header": _asked(headers=[(b"X-Empty", b"")]),
    "two cookies": _asked(headers=[(b"Cookie", b"a=1"), (b"Cookie", b"b=2")]),
    "a head in segments": _asked(cuts=[5, 20, 30], pause=0.02),
    "an old client": [*_asked(version=b"1.0"), *_END],
    "the client says close": [*_asked(headers=[(b"Connection", b"close")]), *_END],
    "one after the other": [*_asked(target=b"/1"), *_asked(target=b"/2", method=b"POST", body=b"two")],
    "at once": [
        ("client", 0, "request", {"method": b"POST", "target": b"/1", "body": b"one"}),
        ("client", 0, "request", {"method": b"POST", "target": b"/2", "body": b"two"}),
        *_ANSWER,
        *_ANSWER,
    ],
}

# Of the contract app: one path tells the scope.
CONTRACT_CASES: dict[str, Steps] = {
    "a plain request": _asked(target=b"@"),
    "a query": _asked(target=b"@?x=%20&y=1&y=2"),
    "an empty query": _asked(target=b"@?"),
    "headers that repeat": _asked(target=b"@", headers=[(b"X-A", b"1"), (b"X-B", b"2"), (b"X-A", b"3")]),
    "a header of Latin-1": _asked(target=b"@", headers=[(b"X-Name", b"caf\xe9")]),
    "an empty header": _asked(target=b"@", headers=[(b"X-Empty", b"")]),
    "a head in segments": _asked(target=b"@", cuts=[5, 20, 30], pause=0.02),
    "an old client": [*_asked(target=b"@", version=b"1.0"), *_END],
    "the client says close": [*_asked(target=b"@", headers=[(b"Connection", b"close")]), *_END],
    "one after the other": [*_asked(target=b"@?1"), *_asked(target=b"@?2")],
    "at once": [
        ("client", 0, "request", {"target": b"@?1"}),
        ("client", 0, "request", {"target": b"@?2"}),
        *_ANSWER,
        *_ANSWER,
    ],
}


def _handshake(**more: Any) -> Steps:
    return [
        ("client", 0, "handshake", {"target": b"@ws", **more}),
        ("client", 0, "response", {"bound": 5.0}),
        ("client", 0, "frames", {"count": 1, "bound": 5.0}),
        ("client", 0, "frame", {"opcode": "close", "code": 1000}),
        ("client", 0, "frames", {"bound": 1.0}),
    ]


WEBSOCKETS: dict[str, Steps] = {
    "a handshake": _handshake(),
    "subprotocols": _handshake(subprotocols=[b"chat, other"]),
    "a handshake with headers": _handshake(headers=[(b"X-A", b"1"), (b"Cookie", b"a=1")]),
}


def cases(kind: str, prefix: bytes, host: bytes) -> dict[str, WireScenario]:
    """The set for an app of a kind, by name. prefix: of all paths. host: for requests that name no other."""
    scope, socket = (b"/scope", b"/ws/scope") if kind == CONTRACT else (b"/", b"/ws")
    own = CONTRACT_CASES if kind == CONTRACT else PUPPET_CASES
    post = b"/echo" if kind == CONTRACT else b"/"
    chosen = {**own, **WEBSOCKETS, **_malformed(prefix + scope, prefix + post)}
    places = {b"@ws": prefix + socket, b"@": prefix + scope}
    return {
        name: WireScenario([_placed(step, places, prefix, host) for step in steps])
        for name, steps in chosen.items()
    }


def _malformed(get: bytes, post: bytes) -> dict[str, Steps]:
    """The requests of the cases of servers that are wrong or unusual. get, post: their paths."""
    found: dict[str, Steps] = {}
    for name, data in {**malformed.WRONG, **malformed.UNUSUAL}.items():
        sent = re.sub(rb"^((?:\r\n)?GET +)/(?= )", lambda match: match[1] + get, data)
        sent = re.sub(rb"^POST /(?= )", b"POST " + post, sent)
        answer = _ANSWER if name in malformed.UNUSUAL else [("client", 0, "response", {"bound": 1.0}), *_END]
        found[name] = [("client", 0, "send", sent), *answer]
    return found


def _placed(step: tuple[Any, ...], places: dict[bytes, bytes], prefix: bytes, host: bytes) -> Step:
    who, number, act, *rest = step
    arg: Any = rest[0] if rest else None
    if act in ("request", "handshake"):
        target = arg.get("target", b"/")
        for mark, path in places.items():
            if target.startswith(mark):
                target = path + target[len(mark) :]
                break
        else:
            target = prefix + target
        arg = {"host": host, **arg, "target": target}
    return Step(who, number, act, arg)
