"""HTTP/2 as a client: one connection with many streams, each of which looks like a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

from asgisim.drive.wire.client import Client
from asgisim.drive.wire.http import Headers, Response
from asgisim.drive.wire.hub import Hub
from asgisim.drive.wire.secure import Secure

MARK = b"x-asgisim-stream"  # a header by which a call is matched to its stream: the address is that of all
HOPS = (b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade")
OPENING = 1.0  # seconds in which the server opens its window


def fields(told: dict[str, Any], scheme: bytes, mark: int | None = None) -> Headers:
    """The header fields of a request as http.compose takes it: pseudo-headers first, names in lower case.

    A host header becomes :authority, or stays where `host` is None and so there is none to be; what only
    HTTP/1.1 has is left out. mark: the stream's number.
    """
    lines = [(bytes(name).lower(), bytes(value)) for name, value in told.get("headers", ())]
    hosts = [value for name, value in lines if name == b"host"]
    authority = authority_of(told, hosts)
    out = [(b":method", told.get("method", b"GET")), (b":scheme", scheme)]
    out += [(b":authority", authority)] if authority is not None else []
    out.append((b":path", told.get("target", b"/")))
    dropped = HOPS if authority is None else (b"host", *HOPS)
    out += [line for line in lines if line[0] not in dropped]
    names = {name for name, _ in out}
    if told.get("body") is not None and told.get("chunks") is None and b"content-length" not in names:
        out.append((b"content-length", b"%d" % len(told["body"])))
    return out if mark is None else [*out, (MARK, b"%d" % mark)]


def authority_of(told: dict[str, Any], hosts: list[bytes]) -> bytes | None:
    """What :authority is for a request with these host headers; None if there is to be none."""
    host: bytes | None = told.get("host", b"localhost")
    return hosts[0] if hosts and host is not None else host


class Link(Client):
    """A connection that speaks HTTP/2. error: why the client gave up, where the server broke the protocol.

    on_push is called with each stream that the server promises, and the fields of the promise. Raises
    OSError if there is no connection, or the server does not choose h2 in the handshake.
    """

    def __init__(self, hub: Hub, address: Any, patience: float = 5.0, secure: Secure | None = None) -> None:
        self.streams: dict[int, Stream] = {}
        self.error = ""
        self._writing_cut = False  # nothing may come between the pieces
        self.on_push: Callable[[Stream, Stream, Headers], None] | None = None
        # What the server sends is looked at by the judge and not by the library.
        settings = h2.config.H2Configuration(
            client_side=True,
            header_encoding=None,
            validate_inbound_headers=False,
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        self.h2 = h2.connection.H2Connection(settings)
        super().__init__(hub, address, patience, secure)
        if secure is not None and secure.facts()["protocol"] != "h2":
            self.close()
            raise OSError(f"the server chose {secure.facts()['protocol'] or 'nothing'!r} and not h2")
        self.h2.initiate_connection()
        self.flush()

    @property
    def scheme(self) -> bytes:
        """As the pseudo-header tells it."""
        return b"https" if self.secure else b"http"

    def flush(self, cuts: Sequence[int] = (), pause: float = 0.0) -> bytes:
        """Write what the library wants written, cut at these offsets. Returns the bytes."""
        data: bytes = self.h2.data_to_send()
        if data:
            self._writing_cut = True
            self.send(data, cuts, pause)
            self._writing_cut = False
            self._answer()
        return data

    def _answer(self) -> None:
        """Write what the library says of itself: acknowledgements."""
        back: bytes = b"" if self._writing_cut else self.h2.data_to_send()
        if back:
            self._write(self.secure.wrap(back) if self.secure else back)

    def _arrived(self, data: bytes) -> None:
        try:
            events = self.h2.receive_data(data)
        except h2.exceptions.ProtocolError as error:
            self.error = f"{type(error).__name__}: {error}"
            self._ended("reset")
            return
        for event in events:
            self._take(event)
        self._answer()

    def _take(self, event: Any) -> None:
        if isinstance(event, h2.events.ConnectionTerminated):
            if event.error_code != h2.errors.ErrorCodes.NO_ERROR:
                self.error = f"GOAWAY with error {int(event.error_code or 0)}"
                self._ended("reset")
            return
        if isinstance(event, h2.events.DataReceived):
            self.h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
        if isinstance(event, h2.events.PushedStreamReceived):
            parent, promised = self.streams.get(event.parent_stream_id or 0), Stream(self)
            promised.id = event.pushed_stream_id or 0
            self.streams[promised.id] = promised
            if parent is not None and self.on_push is not None:
                self.on_push(parent, promised, _lines(event.headers))
            return
        stream = self.streams.get(getattr(event, "stream_id", 0) or 0)
        if stream is not None:
            stream.take(event)

    def _ended(self, how: str) -> None:
        super()._ended(how)
        for stream in self.streams.values():
            stream.lost(how)


class Stream:
    """One exchange on a Link, in the shape of a Client. buffer: the body that came and was not read.

    end: "reset" once the server has reset it, or how it ended the connection; "" else.
    """

    def __init__(self, link: Link) -> None:
        self.link = link
        self.id = 0
        self.buffer = bytearray()
        self.end = ""
        self.closed = False
        self.local, self.peer, self.secure = link.local, link.peer, link.secure
        self.over = False  # the server has ended its direction
        self._response = Response(version="2", framing="stream")

    def request(
        self, told: dict[str, Any], mark: int, cuts: Sequence[int] = (), pause: float = 0.0
    ) -> tuple[bytes, bool]:
        """Open the stream with a request: its bytes, and whether all of it could be sent.

        `told` is as for http.compose, and `open`: True to leave the client's direction open.
        """
        link = self.link
        self.id = link.h2.get_next_available_stream_id()
        link.streams[self.id] = self
        pieces = told.get("chunks")
        if pieces is None:
            pieces = [told["body"]] if told.get("body") else []
        trailers = [(bytes(name).lower(), bytes(value)) for name, value in told.get("trailers", ())]
        ends = not told.get("open")
        lines = fields(told, link.scheme, mark)
        link.h2.send_headers(self.id, lines, end_stream=ends and not pieces and not trailers)
        raw, whole = b"", True
        for index, piece in enumerate(pieces):
            last = ends and not trailers and index == len(pieces) - 1
            more, whole = self._data(piece, last)
            raw += more
            if not whole:
                return raw, False
        _without_lengths(link.h2.streams[self.id])
        if trailers:
            link.h2.send_headers(self.id, trailers, end_stream=True)
        return raw + link.flush(cuts, pause), whole

    def _data(self, data: bytes, last: bool) -> tuple[bytes, bool]:
        """DATA frames as large as they may be. Returns what had to be written already, and if all went."""
        link, raw, at = self.link, b"", 0
        while True:
            try:
                window = link.h2.local_flow_control_window(self.id)
                size = min(window, link.h2.max_outbound_frame_size, len(data) - at)
                if size or at == len(data):
                    ends = last and at + size == len(data)
                    link.h2.send_data(self.id, data[at : at + size], end_stream=ends)
                    at += size
                    if at == len(data):
                        return raw, True
                    continue
                raw += link.flush()
                opened = link.hub.until(
                    lambda: self.end or link.h2.local_flow_control_window(self.id) > 0, OPENING
                )
            except h2.exceptions.ProtocolError:
                return raw, False  # the server has reset the stream
            if not opened or self.end:
                return raw, False

    def send(self, data: bytes, cuts: Sequence[int] = (), pause: float = 0.0, last: bool = False) -> bool:
        """More of the body, in DATA frames. last: and no more."""
        if self.closed or self.end or not self.id:
            return False
        _, whole = self._data(data, last)
        self.link.flush(cuts, pause)
        return whole

    def take(self, event: Any) -> None:
        """Something has come for this stream."""
        made = self._response
        if isinstance(event, h2.events.InformationalResponseReceived):
            lines = _lines(event.headers)
            made.informational.append((_status(lines), [one for one in lines if one[0][:1] != b":"]))
        elif isinstance(event, h2.events.ResponseReceived):
            lines = _lines(event.headers)
            made.status, made.headers = _status(lines), [one for one in lines if one[0][:1] != b":"]
            head = b"".join(b"%s: %s\r\n" % line for line in lines)
            made.raw = b"HTTP/2 %d\r\n%s\r\n" % (made.status, head)
        elif isinstance(event, h2.events.DataReceived):
            self.buffer += event.data or b""
        elif isinstance(event, h2.events.TrailersReceived):
            made.trailers = _lines(event.headers)
        elif isinstance(event, h2.events.StreamEnded):
            self.over = made.complete = True
        elif isinstance(event, h2.events.StreamReset) and not made.complete:
            self.lost("reset")

    def lost(self, how: str) -> None:
        """The server has reset the stream, or ended the connection."""
        if not self.end:
            self.end = how
            self._response.broken = "" if self._response.complete else (self.link.error or how)

    def response(self, bound: float) -> Response:
        """The response, once it is whole or was cut off, or as far as it came."""
        self.link.hub.until(lambda: self.over or self.end or self.closed, bound)
        made = self._response
        made.body = bytes(self.buffer)
        self.buffer.clear()
        return made

    def refused(self) -> bool:
        """Whether the server has answered with an error so far."""
        return self._response.status >= 400

    def await_end(self, bound: float) -> str:
        """Wait for the server to end the stream. Returns how: "eof", "reset", or "" if it did not."""
        self.link.hub.until(lambda: self.over or self.end or self.closed, bound)
        return self.end or ("eof" if self.over else "")

    def reset(self, code: int = int(h2.errors.ErrorCodes.CANCEL)) -> None:
        """Give the exchange up; the connection stays."""
        self.closed = True
        try:
            self.link.h2.reset_stream(self.id, error_code=code)
        except h2.exceptions.ProtocolError:
            return  # it has ended already
        self.link.flush()

    def close(self) -> None:
        """Close the connection, with all its streams."""
        self.closed = True
        if not self.link.closed and not self.link.end:
            try:
                self.link.h2.close_connection()
                self.link.flush()
            except h2.exceptions.ProtocolError:
                pass
        self.link.close()


def _without_lengths(stream: Any) -> None:
    """A body of another length is the judge's to see: the library would end the connection for it."""
    stream._initialize_content_length = lambda headers: None


def _lines(headers: Any) -> Headers:
    return [(bytes(name), bytes(value)) for name, value in headers or ()]


def _status(lines: Headers) -> int:
    told = dict(lines).get(b":status", b"")
    return int(told) if told.isdigit() else 0
