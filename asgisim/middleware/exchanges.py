"""The exchanges that inner apps are tried in: plain ones, with headers that switch middlewares on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from asgisim.middleware.inner import Inner
from asgisim.model.scenario import Act, Exchange
from asgisim.space import scopes, scripts

Pair = tuple[bytes, bytes]
Switch = tuple[Pair, ...]
# Headers that switch middlewares on, one group at a time.
SWITCHES: tuple[Switch, ...] = (
    (),
    ((b"accept-encoding", b"gzip"),),
    ((b"accept-encoding", b"br, zstd, gzip, deflate"),),
    ((b"origin", b"https://example.org"),),
    ((b"cookie", b"a=1; session=abc"), (b"cookie", b"b=caf\xe9")),
    (
        (b"x-forwarded-for", b"192.0.2.7"),
        (b"x-forwarded-proto", b"https"),
        (b"x-forwarded-host", b"example.org"),
    ),
    ((b"x-request-id", b"abc"), (b"x-correlation-id", b"3f0c5f6e-8e2e-4bd5-9d69-1ce1e1a9a3f2")),
    ((b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),),
    ((b"authorization", b"Basic dTpw"),),
    ((b"if-none-match", b'"a"'),),
    ((b"idempotency-key", b"8e03978e-40d5-43dd-bc93-6894a57f9324"),),
    ((b"accept", b"application/json"), (b"content-type", b"application/json")),
)
STRANGER = b"asgisim-stranger"  # marks what one client says, so that no other may be told of it
_STRANGERS: Switch = (
    (b"origin", b"https://%s.example" % STRANGER),
    (b"cookie", b"session=%s" % STRANGER),
    (b"authorization", b"Bearer %s" % STRANGER),
    (b"referer", b"https://%s.example/" % STRANGER),
    (b"user-agent", STRANGER),
    (b"x-request-id", STRANGER),
    (b"x-forwarded-host", b"%s.example" % STRANGER),
)
_JSON = b'{"name": "hello"}'
_FORM = b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\nhello\r\n--b--\r\n"
# Bodies that are no two pieces of plain text: long ones, and ones with a form of their own.
BODIES: tuple[tuple[bytes, bytes], ...] = (
    (b"application/json", _JSON),
    (b"text/plain", b"0123456789" * 2000),
    (b"multipart/form-data; boundary=b", _FORM),
    (b"application/octet-stream", b"\x00\xff" * 35000),
)


def switches_of(inner: Inner) -> tuple[Switch, ...]:
    """The groups of headers that make sense for an inner app."""
    return SWITCHES if inner.protocol in ("http", "websocket") else ((),)


def odd(switches: Iterable[Switch]) -> Iterator[Switch]:
    """The same headers with nothing in them, and with a byte that is neither ASCII nor UTF-8."""
    for switch in switches:
        for name, _ in switch:
            yield ((name, b""),)
            yield ((name, b"caf\xe9"),)


def base_of(inner: Inner, switch: Switch = ()) -> Exchange:
    """A plain exchange for an inner app, with further headers."""
    if inner.protocol == "http":
        return _request(inner, switch)
    if inner.protocol == "websocket":
        scope = scopes.websocket()
        steps = [Act("recv", 0, "event", scripts.connect())]
        steps += [Act("send", 1, "event", scripts.message(value, 0)) for value in ("hello", b"\x00\xff")]
        steps.append(Act("idle", 1, "disconnect", {"code": 1000, "reason": ""}))
    elif inner.protocol == "lifespan":
        startup = Act("recv", 0, "event", {"type": "lifespan.startup"})
        return Exchange(scopes.lifespan(), [startup, Act("idle", 1, "shutdown")])
    else:
        return Exchange({"type": inner.protocol, "asgi": {"version": "3.0"}})
    _offer(scope, inner, switch)
    return Exchange(scope, steps)


# Scopes with nothing that is optional, and no header.
LEAST: dict[str, Callable[[], dict[str, Any]]] = {
    "http": scopes.http_least,
    "websocket": scopes.websocket_least,
}


def least_of(inner: Inner) -> Exchange:
    """The plain exchange for an inner app of one of these protocols, in the least scope."""
    exchange = base_of(inner)
    scope = LEAST[inner.protocol]()
    scope |= {key: exchange.scope[key] for key in ("method", "extensions") if key in exchange.scope}
    return Exchange(scope, exchange.script)


def mounted(inner: Inner) -> Exchange:
    """The plain exchange below a mount: the path holds the root, as that of a server does."""
    exchange = base_of(inner)
    exchange.scope.update(root_path="/mount", path="/mount/page", raw_path=b"/mount/page")
    return exchange


def after_a_stranger(inner: Inner, switch: Switch) -> list[Exchange]:
    """Two exchanges for an inner app: of a client that tells much of itself, then of another client."""
    return [base_of(inner, _STRANGERS), base_of(inner, switch)]


def posted(inner: Inner, kind: bytes, body: bytes, pieces: int = 1) -> Exchange:
    """A POST of a body to an inner app, in so many pieces."""
    size = -(-len(body) // pieces) or 1
    parts = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
    return _sent(inner, "POST", kind, parts, ())


def _request(inner: Inner, switch: Switch) -> Exchange:
    method = str(inner.request.get("method", "GET"))
    if method != "POST":
        return _sent(inner, method, None, [b""], switch)
    kind = dict(switch).get(b"content-type", b"text/plain")
    if b"json" in kind:
        return _sent(inner, method, kind, [_JSON[:9], _JSON[9:]], switch)
    return _sent(inner, method, kind, [b"hel", b"lo"], switch)


def _sent(inner: Inner, method: str, kind: bytes | None, parts: list[bytes], switch: Switch) -> Exchange:
    scope = scopes.http(method)
    if kind is not None:
        length = sum(map(len, parts))
        scope["headers"] += [(b"content-type", kind), (b"content-length", b"%d" % length)]
    _offer(scope, inner, switch)
    last = len(parts) - 1
    events = [scripts.request(part, index < last, 0) for index, part in enumerate(parts)]
    return Exchange(scope, [Act("recv", 0, "event", event) for event in events])


def _offer(scope: dict[str, Any], inner: Inner, switch: Switch) -> None:
    names = {name for name, _ in switch}
    scope["headers"] = [*(pair for pair in scope["headers"] if pair[0] not in names), *switch]
    if inner.needs:
        scope["extensions"] = {name: {} for name in inner.needs}
