"""Mutants of a server for HTTP/2, and of the reference server behind TLS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h2.connection

from asgisim.reference.events import Headers
from asgisim.reference.server import Server
from asgisim.servers.certificate import certificate
from tests.mutants.servers.multiplexing import PUSH, StreamCall, StreamServer
from tests.mutants.servers.parts import Fault, Kind


def call(**methods: Any) -> Kind:
    """A server with other calls."""
    return type("StreamMutant", (StreamServer,), {"call": type("MutantCall", (StreamCall,), methods)})


def _host_last(self: StreamCall) -> Headers:
    lines = StreamCall.headers(self)
    return [*(one for one in lines if one[0] != b"host"), *(one for one in lines if one[0] == b"host")]


class _Trusting(h2.connection.H2Connection):
    """Does not look at lengths, as the library did before 4.4."""

    def _begin_new_stream(self, *given: Any) -> Any:
        stream = super()._begin_new_stream(*given)
        stream._initialize_content_length = lambda headers: None
        return stream


def _host_made_up(self: StreamCall) -> Headers:
    return [(b"host", b""), *(StreamCall.headers(self))]


def _shared_scope(self: StreamCall) -> dict[str, Any]:
    """All streams of a connection have the scope of the first."""
    first = next(iter(self.connection.calls.values()), None)
    own = StreamCall.make_scope(self)
    if first is not None:
        own.update({key: first.scope[key] for key in ("method", "path", "raw_path", "query_string")})
    return own


def _swapped(self: StreamCall) -> int:
    """The answers of the second and the third stream are each the other's."""
    return {3: 5, 5: 3}.get(self.number, self.number)


def _no_push(self: StreamCall) -> dict[str, Any]:
    made = StreamCall.make_scope(self)
    made["extensions"].pop(PUSH, None)
    return made


async def _pushes_unlisted(self: StreamCall, event: Any) -> None:
    if event["type"] == PUSH:
        await self.push(event)
    else:
        await StreamCall.send(self, event)


async def _pushes_never(self: StreamCall, event: Any) -> None:
    pass


def _other_authority(self: StreamCall, path: bytes, lines: Headers) -> Headers:
    made = StreamCall.promise(self, path, lines)
    return [(name, b"elsewhere" if name == b":authority" else value) for name, value in made]


def _as_given(self: StreamCall, lines: Headers) -> Headers:
    return lines


async def _other_trailers(self: StreamCall, event: Any) -> None:
    trailing = event["type"] == "http.response.trailers"
    await StreamCall.send(self, {**event, "headers": [(b"x-own", b"1")]} if trailing else event)


class SecureServer(Server):
    """The reference server behind TLS."""

    secure = True


class _OtherCertificate(SecureServer):
    """Tells the scope of the certificate of the authority, in place of its own."""

    def scope(self, head: Any, link: Any) -> dict[str, Any]:
        made = super().scope(head, link)
        made["extensions"]["tls"]["server_cert"] = Path(certificate().authority).read_text("ascii")
        return made


SECURE = [Fault("ext.tls.server-cert.truth", _OtherCertificate, ("get",))]
FAULTS = [
    Fault("http.scope.headers.authority-to-host", call(headers=_host_last), ("one stream",)),
    Fault(
        "http.scope.headers.authority-to-host", call(headers=_host_made_up), ("host in place of :authority",)
    ),
    Fault(
        "wire.req.length-conflict", type("Counts", (StreamServer,), {"engine": _Trusting}), ("two lengths",)
    ),
    Fault("http.scope.h2-separate", call(make_scope=_shared_scope), ("bodies in turns",)),
    Fault(
        "http.scope.h2-streams-matched",
        call(on_stream=_swapped),
        ("three at once, answered backwards",),
    ),
    Fault(
        "wire.req.control-bytes",
        type("Lenient", (StreamServer,), {"validates": False}),
        ("CR and LF in a value",),
    ),
    Fault("wire.h2.lowercase", call(lines=_as_given), ("names in upper case",)),
    Fault("wire.h2.no-connection-headers", call(kept=(b"keep-alive",)), ("headers of a connection",)),
    Fault("ext.trailers.te-gate", call(send=_other_trailers), ("trailers",)),
    Fault("ext.push.listed", call(make_scope=_no_push, send=_pushes_unlisted), ("a promise",)),
    Fault("ext.push.attempted", call(push=_pushes_never), ("a promise",)),
    Fault("ext.push.authority", call(promise=_other_authority), ("a promise",)),
    Fault("ext.push.new-instance", call(promised=lambda self, number, fields: None), ("a promise",)),
]
