"""A small correct server for HTTP/2 without TLS, the parent of mutants: the reference server has none.

Its lifespan, its listening and the forms of events are those of the reference server.
"""

from __future__ import annotations

import socket
from typing import Any

import anyio
import h2.config
import h2.connection
import h2.events
import h2.exceptions

from asgisim.reference.events import Headers, WrongEvent, headers, settle
from asgisim.reference.http import date
from asgisim.reference.link import ClientGone, Link
from asgisim.reference.request import Head, scope
from asgisim.reference.server import Server

HOPS = (b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade")
BODILESS = (204, 205, 304)
PUSH = "http.response.push"


class Multiplexed:
    """One connection. calls: those under way, by the number of their stream."""

    def __init__(self, server: StreamServer, link: Link, group: Any) -> None:
        self.server = server
        self.link = link
        self.group = group
        self.calls: dict[int, StreamCall] = {}
        settings = h2.config.H2Configuration(
            client_side=False,
            header_encoding=None,
            validate_inbound_headers=server.validates,
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        self.h2 = server.engine(settings)

    async def serve(self) -> None:
        """Until the client has left."""
        self.h2.initiate_connection()
        await self.flush()
        while True:
            data = self.link.take()
            if data:
                try:
                    events = self.h2.receive_data(data)
                except h2.exceptions.ProtocolError:
                    await self.flush()  # which tells the client
                    break
                for event in events:
                    self.take(event)
                await self.flush()
                self.link.notify()
            elif self.link.eof:
                break
            else:
                await self.link.change()
        for call in self.calls.values():
            call.gone = True
        self.link.notify()

    def take(self, event: Any) -> None:
        """An event of the protocol."""
        call = self.calls.get(getattr(event, "stream_id", 0) or 0)
        if isinstance(event, h2.events.RequestReceived):
            self.begin(event.stream_id or 0, [(bytes(n), bytes(v)) for n, v in event.headers or ()])
        elif isinstance(event, h2.events.DataReceived):
            self.h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
            if call is not None:
                call.body += event.data or b""
        elif isinstance(event, h2.events.StreamEnded) and call is not None:
            call.whole = True
        elif isinstance(event, h2.events.StreamReset) and call is not None:
            call.gone = True
        elif isinstance(event, h2.events.ConnectionTerminated):
            for one in self.calls.values():
                one.gone = True

    def begin(self, number: int, fields: Headers) -> StreamCall:
        """A request gives a call."""
        call: StreamCall = self.server.call(self, number, fields)
        self.calls[number] = call
        self.group.start_soon(call.run)
        return call

    async def flush(self) -> None:
        """Write what the library wants written. Raises ClientGone."""
        data: bytes = self.h2.data_to_send()
        if data:
            await self.link.write(data)


class StreamCall:
    """One request and its response. gone: the client has reset the stream, or left."""

    def __init__(self, connection: Multiplexed, number: int, fields: Headers) -> None:
        self.connection = connection
        self.number = number
        self.fields = fields
        self.body = b""
        self.whole = self.given_whole = self.gone = False
        self.stage = "ready"  # then started, trailers, complete
        self.trailing = False
        self.trailers: Headers = []
        self.scope = self.make_scope()

    def make_scope(self) -> dict[str, Any]:
        """The scope that these fields give."""
        named = dict(self.fields)
        raw, _, query = named[b":path"].partition(b"?")
        head = Head(named[b":method"].decode(), "2", raw, query, self.headers())
        server = self.connection.server
        made = scope(head, *server._addresses(self.connection.link.sock), "", server.state)
        made["extensions"]["http.response.early_hint"] = {}
        if b"trailers" in head.tokens(b"te"):
            made["extensions"]["http.response.trailers"] = {}
        if self.connection.h2.remote_settings.enable_push:
            made["extensions"][PUSH] = {}
        return made

    def headers(self) -> Headers:
        """Those of the scope: the authority is the host, and stands first."""
        own = [(name, value) for name, value in self.fields if name == b":authority"]
        return [(b"host", value) for _, value in own] + [one for one in self.fields if one[0][:1] != b":"]

    async def run(self) -> None:
        """Call the app, and end what it leaves open."""
        try:
            await self.connection.server.app(self.scope, self.receive, self.send)
        except Exception:
            pass  # its answer tells
        if self.gone or self.stage == "complete":
            return
        try:
            if self.stage == "ready":
                await self.respond(500, [])
                await self.data(b"", True)
            else:
                self.connection.h2.reset_stream(self.number, error_code=2)
                await self.connection.flush()
        except (ClientGone, h2.exceptions.ProtocolError):
            pass

    async def receive(self) -> dict[str, Any]:
        """The next event for the app."""
        while not (self.gone or self.stage == "complete"):
            if not self.given_whole and (self.body or self.whole):
                body, self.body, self.given_whole = self.body, b"", self.whole
                return {"type": "http.request", "body": body, "more_body": not self.given_whole}
            await self.connection.link.change()
        return {"type": "http.disconnect"}

    async def send(self, event: Any) -> None:
        """An event of the app. Raises WrongEvent, ClientGone."""
        if self.stage == "complete":
            return
        if isinstance(event, dict) and event.get("type") == PUSH and PUSH in self.scope["extensions"]:
            await self.push(event)
            return
        now = {"ready": ["start", "early_hint"], "started": ["body"], "trailers": ["trailers"]}[self.stage]
        settled = settle(event, [f"http.response.{one}" for one in now], f"when it is {self.stage}")
        if self.gone:
            raise ClientGone("the client has left")
        await self.take(settled["type"].rpartition(".")[2], settled)

    async def take(self, kind: str, event: dict[str, Any]) -> None:
        """Act on an event that may be sent."""
        if kind == "early_hint":
            lines = [(b":status", b"103"), *((b"link", link) for link in event.get("links", ()))]
            self.connection.h2.send_headers(self.number, lines)
            await self.connection.flush()
        elif kind == "start":
            listed = "http.response.trailers" in self.scope["extensions"]
            self.trailing = event.get("trailers") is True and listed
            await self.respond(event["status"], headers(event))
        elif kind == "body":
            await self.data(event.get("body", b""), not event.get("more_body", False))
        else:
            self.trailers += headers(event)
            if not event.get("more_trailers", False):
                self.stage = "complete"
                self.connection.h2.send_headers(self.on_stream(), self.trailers, end_stream=True)
                await self.connection.flush()
                self.connection.link.notify()

    async def respond(self, status: int, lines: Headers) -> None:
        """Send the head."""
        if status < 200:
            raise WrongEvent("status must be a final one")
        self.bodiless = status in BODILESS or self.scope["method"] == "HEAD"
        taken = (*HOPS, b"content-length") if status in (204, 205) else HOPS
        out = [one for one in self.lines(lines) if one[0].lower() not in taken or one[0] in self.kept]
        out += [] if any(name == b"date" for name, _ in out) else [(b"date", date())]
        self.connection.h2.send_headers(self.on_stream(), [(b":status", b"%d" % status), *out])
        self.stage = "started"
        await self.connection.flush()

    kept: tuple[bytes, ...] = ()  # names that are none for HTTP/2, and go out

    def lines(self, lines: Headers) -> Headers:
        """The headers of the app as they go out."""
        return [(name.lower(), value) for name, value in lines]

    async def data(self, data: bytes, last: bool) -> None:
        """Send a piece of the body."""
        ends = last and not self.trailing
        piece = b"" if self.bodiless else data
        if piece or ends:
            self.connection.h2.send_data(self.on_stream(), piece, end_stream=ends)
        if last:
            self.stage = "trailers" if self.trailing else "complete"
        await self.connection.flush()
        self.connection.link.notify()

    def on_stream(self) -> int:
        """The stream of the answer."""
        return self.number

    async def push(self, event: dict[str, Any]) -> None:
        """Promise an answer, and call the app for it."""
        number = self.connection.h2.get_next_available_stream_id()
        fields = self.promise(event["path"].encode(), headers(event))
        self.connection.h2.push_stream(self.number, number, fields)
        await self.connection.flush()
        self.promised(number, fields)

    def promise(self, path: bytes, lines: Headers) -> Headers:
        """The fields of the request that is made up."""
        authority = [line for line in self.fields if line[0] == b":authority"]
        return [(b":method", b"GET"), (b":scheme", b"http"), *authority, (b":path", path), *lines]

    def promised(self, number: int, fields: Headers) -> None:
        """What was promised is a request like another."""
        self.connection.begin(number, fields).whole = True


class StreamServer(Server):
    """Override `call` to make a faulty one."""

    call: Any = StreamCall
    engine: Any = h2.connection.H2Connection
    validates = True  # the fields of requests

    async def _connection(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = self.link(sock)
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(link.read_forever)
                await Multiplexed(self, link, group).serve()
                link.finish()
        except (ClientGone, h2.exceptions.ProtocolError):
            pass
        finally:
            sock.close()
