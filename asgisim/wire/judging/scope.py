"""The scope that these bytes, on this connection, must give."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from asgisim.wire.judging.asked import Asked
from asgisim.wire.judging.facts import Pair, Verdict, by_name, pairs_of, tells

# Headers that a server may rightly take, change or add: framing, the hop, and what is its own business.
OWN = frozenset(
    b"host te expect trailer proxy-connection connection content-length transfer-encoding keep-alive date "
    b"server upgrade daphne-root-path".split()  # the last is daphne's, for its settings
)


@tells("http.scope.http-version.truth")
def version(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """http_version is that of the request line."""
    told = asked.version.decode("latin-1")
    if pair.kind == "http" and told in ("1.0", "1.1", "2"):
        seen = pair.scope.get("http_version")
        if seen not in ("1.0", "1.1", "2", "3"):
            return  # a rule of its own tells of it
        yield "http.scope.http-version.truth", seen == told, f"{seen!r} for HTTP/{told}"


@tells("http.scope.scheme.truth", "robust.websocket-scheme")
def scheme(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The scheme tells of TLS."""
    seen = pair.scope.get("scheme", "http")
    if _proxied(asked):
        told = pair.scope.get("scheme")
        if pair.kind == "websocket" and isinstance(told, str) and told:
            # A proxy may tell of TLS, or of none: what it tells of is still a WebSocket.
            about = f"{told!r} for a WebSocket that came through a proxy"
            yield "robust.websocket-scheme", told in ("ws", "wss"), about
        return
    end, kind = ("s", "TLS") if pair.connection.tls else ("", "plain")
    if pair.kind == "http" and isinstance(seen, str) and seen:
        yield "http.scope.scheme.truth", seen == f"http{end}", f"{seen!r} on a {kind} connection"
    elif pair.kind == "websocket":
        seen = pair.scope.get("scheme", "ws")
        if not isinstance(seen, str) or not seen or ("scheme" not in pair.scope and not end):
            return  # its form has a rule of its own; a missing one is "ws"
        about = f"{seen!r} for a WebSocket on a {kind} connection"
        yield "robust.websocket-scheme", seen == f"ws{end}", about


@tells("http.scope.root-path.mount", "robust.websocket-root-path")
def mounted(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """root_path is what the server was told."""
    wanted, seen = pair.connection.played.root_path, pair.scope.get("root_path", "")
    if wanted and isinstance(seen, str):
        rule = "http.scope.root-path.mount" if pair.kind == "http" else "robust.websocket-root-path"
        yield rule, seen == wanted, f"root_path is {seen!r}, and the server was told {wanted!r}"


def _proxied(asked: Asked) -> bool:
    """Whether a proxy seems to speak, which the server may trust on a local connection."""
    names = {name.lower() for name, _ in asked.headers}
    return b"forwarded" in names or any(name.startswith(b"x-forwarded-") for name in names)


def _moved(pair: Pair) -> bool:
    """Whether path may hold more than came: nothing says who puts a root path before it."""
    return bool(pair.scope.get("root_path") or pair.connection.played.root_path)


def _decoded(raw: bytes) -> str | None:
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        return None  # what is then in path is open


@tells(
    "http.scope.path.percent-decoded",
    "http.scope.path.utf8-decoded",
    "http.scope.path.no-query",
    "http.scope.path.absolute-form",
    "websocket.scope.path.decoded",
    "websocket.scope.path.no-query",
)
def path(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """path is decoded and ends before the question mark."""
    raw, mark, query = asked.path.partition(b"?")
    wanted, seen = _decoded(raw), pair.scope.get("path")
    if wanted is None or not isinstance(seen, str) or _moved(pair):
        return
    about = f"path is {seen!r} for {asked.target!r}"
    if asked.authority is not None:
        if pair.kind == "http":
            yield "http.scope.path.absolute-form", seen == wanted, about
        return
    told = f"{pair.kind}.scope.path."
    plain = told + ("percent-decoded" if pair.kind == "http" else "decoded")
    if mark:
        queries = {_decoded(query), query.decode("latin-1")}
        yield told + "no-query", not any(seen.endswith(f"?{one}") for one in queries if one), about
        seen = seen.partition("?")[0] if "?" not in wanted else seen
    if pair.kind == "http" and seen == unquote_to_bytes(raw).decode("latin-1") != wanted:
        yield "http.scope.path.utf8-decoded", False, about
        return
    yield plain, seen == wanted, about
    if pair.kind == "http" and not wanted.isascii() and seen == wanted:
        yield "http.scope.path.utf8-decoded", True, ""


@tells(
    "http.scope.raw-path.unmodified", "websocket.scope.raw-path.unmodified", "http.scope.query-string.encoded"
)
def raw(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """raw_path and query_string are what came."""
    if asked.authority is not None or _moved(pair):
        return  # notes: what raw_path holds then is open
    wanted, mark, query = asked.path.partition(b"?")
    found = pair.scope.get("raw_path")
    # A raw_path with its query breaks a rule of its own, which needs no second look at the bytes.
    if isinstance(found, bytes) and not (mark and found == asked.path):
        about = f"raw_path is {found!r} for {wanted!r}"
        yield f"{pair.kind}.scope.raw-path.unmodified", found == wanted, about
    if pair.kind == "http":
        seen = pair.scope.get("query_string")
        if isinstance(seen, bytes):
            yield "http.scope.query-string.encoded", seen == query, f"{seen!r} for {query!r}"


def lines(headers: Any) -> dict[bytes, list[bytes]] | None:
    """The headers of a scope by their names; None if they are malformed, of which other rules tell."""
    try:
        return by_name([(bytes(name), bytes(value)) for name, value in headers])
    except (TypeError, ValueError):
        return None


@tells(
    "http.scope.headers.duplicates",
    "http.scope.headers.value-order",
    "http.scope.headers.bytes-unchanged",
    "websocket.scope.headers.duplicates",
    "websocket.scope.headers.order",
)
def headers(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The headers are those of the client, repeated ones repeated and in their order."""
    seen = lines(pair.scope.get("headers", ()))
    if seen is None:
        return
    kind = pair.kind
    order = "http.scope.headers.value-order" if kind == "http" else "websocket.scope.headers.order"
    for name, sent in asked.named.items():
        if name in OWN or b"_" in name or name.startswith(b"sec-websocket"):
            continue
        if name == b"cookie" and pair.connection.http2:
            continue  # crumbs of a cookie, which RFC 9113 8.2.3 lets a client make and a server join
        found = seen.get(name, [])
        about = f"{name!r} has {found!r}, and the client sent {sent!r}"
        if len(sent) > 1:
            yield f"{kind}.scope.headers.duplicates", len(found) == len(sent), about
            if sorted(found) == sorted(sent):
                yield order, found == sent, about
        elif kind == "http":
            yield "http.scope.headers.bytes-unchanged", found == sent, about


@tells("websocket.scope.headers.order")
def names_in_order(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The headers of a handshake keep their order over all names."""
    if pair.kind != "websocket" or asked.authority is not None:
        return
    seen = [name.lower() for name, _ in pairs_of(pair.scope.get("headers")) or ()]
    sent = [name.lower() for name, _ in asked.headers]
    if sorted(seen) == sorted(sent) and len(set(sent)) == len(sent):
        yield "websocket.scope.headers.order", seen == sent, f"{seen!r} for {sent!r}"


@tells("websocket.scope.subprotocols.truth")
def subprotocols(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """subprotocols is what was offered."""
    if pair.kind != "websocket":
        return
    values = asked.values(b"sec-websocket-protocol")
    offered = [item.strip().decode("latin-1") for value in values for item in value.split(b",")]
    if "" in offered:
        return  # an empty member, of which nothing is said
    found = pair.scope.get("subprotocols")
    if found is not None and not isinstance(found, list | tuple):
        return
    seen = list(found or [])
    yield "websocket.scope.subprotocols.truth", seen == offered, f"{seen!r} for {offered!r}"


@tells(
    *(f"http.scope.{key}.{part}" for key in ("client", "server") for part in ("host", "port")),
    *("websocket.scope.client", "websocket.scope.server"),
    *("http.scope.server.unix", "websocket.scope.server.unix"),
)
def addresses(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """client and server are the two ends of the connection."""
    found = pair.connection.first("connected")
    if found is None or _proxied(asked):
        return
    if isinstance(found.data["peer"], str):
        seen = pair.scope.get("server")
        if seen is not None:
            wanted = [found.data["peer"], None]
            yield f"{pair.kind}.scope.server.unix", list(seen) == wanted, f"server is {seen!r}"
        return
    for key, place in (("client", "local"), ("server", "peer")):
        seen = pair.scope.get(key)
        if not isinstance(seen, list | tuple) or len(seen) != 2:
            continue  # None is allowed, and its form is judged elsewhere
        if type(seen[0]) is not str or type(seen[1]) is not int:
            continue
        ends = found.data[place][:2]
        rule = f"websocket.scope.{key}"
        if pair.kind == "http":
            rule = f"http.scope.{key}.{'host' if seen[0] != ends[0] else 'port'}"
        yield rule, tuple(seen) == tuple(ends), f"{key} is {seen!r} for {ends!r}"


@tells("wire.req.absolute-form")
def authority(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The authority of an absolute-form target takes the place of host."""
    seen = lines(pair.scope.get("headers", ()))
    if asked.authority is not None and seen is not None and asked.values(b"host") != [asked.authority]:
        hosts = seen.get(b"host", [])
        yield "wire.req.absolute-form", hosts == [asked.authority], f"host is {hosts!r} for {asked.target!r}"


@tells("ext.tls.only-on-tls", "common.ext.listed-on-fitting-scope")
def listed(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """tls is listed on TLS only."""
    if pair.connection.tls is None:
        yield "ext.tls.only-on-tls", "tls" not in pair.extensions, "tls is listed on a plain connection"


@tells("ext.tls.server-cert.truth", "ext.tls.tls-version", "ext.tls.cipher-suite")
def tls(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """What the extension tls tells is what the client knows of the connection."""
    told, known = pair.extensions.get("tls"), pair.connection.tls
    if not isinstance(told, dict) or known is None:
        return
    if isinstance(told.get("server_cert"), str):
        same = _der(told["server_cert"]) == known["certificate"]
        yield "ext.tls.server-cert.truth", same, f"{told['server_cert'][:80]!r} is another certificate"
    numbers = (("tls-version", "tls_version", "version"), ("cipher-suite", "cipher_suite", "suite"))
    for rule, key, ours in numbers:
        seen = told.get(key)
        if type(seen) is int and known[ours]:
            yield f"ext.tls.{rule}", seen == known[ours], f"{key} is {seen:#06x}, not {known[ours]:#06x}"


def _der(text: str) -> bytes:
    try:
        return ssl.PEM_cert_to_DER_cert(text)
    except ValueError:
        return b""


@tells("ext.debug.not-in-servers")
def no_debug(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """http.response.debug is for tests."""
    if pair.kind == "http":
        yield "ext.debug.not-in-servers", "http.response.debug" not in pair.extensions, "it is listed"


CHECKS = (
    *(version, scheme, mounted, path, raw, headers, addresses, authority),
    *(listed, tls, no_debug),
)
HANDSHAKE = (names_in_order, subprotocols)
