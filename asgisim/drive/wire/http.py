"""HTTP as a client without manners: requests of any bytes, and responses read as RFC 9112 has them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import h11

Headers = list[tuple[bytes, bytes]]
INFORMATIONAL = 1000  # responses before the final one


def compose(
    method: bytes = b"GET",
    target: bytes = b"/",
    version: bytes = b"1.1",
    headers: Any = (),
    body: bytes | None = None,
    chunks: Any = None,
    trailers: Any = (),
    host: bytes | None = b"localhost",
) -> bytes:
    """The bytes of a request, as told and unchecked.

    A host header is put first unless there is one or host is None; a body gets its content-length and
    chunks get their transfer-encoding, unless the headers hold one of the two.
    """
    lines: Headers = [(bytes(name), bytes(value)) for name, value in headers]
    names = {name.lower() for name, _ in lines}
    if host is not None and b"host" not in names:
        lines.insert(0, (b"Host", host))
    framed = names & {b"content-length", b"transfer-encoding"}
    if chunks is not None and not framed:
        lines.append((b"Transfer-Encoding", b"chunked"))
    elif body is not None and not framed:
        lines.append((b"Content-Length", b"%d" % len(body)))
    head = b"%s %s HTTP/%s\r\n" % (method, target, version)
    head += b"".join(b"%s: %s\r\n" % line for line in lines) + b"\r\n"
    if chunks is None:
        return head + (body or b"")
    coded = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks if chunk)
    return head + coded + b"0\r\n" + b"".join(b"%s: %s\r\n" % tuple(line) for line in trailers) + b"\r\n"


@dataclass(slots=True)
class Response:
    """A response as it was read. framing: length, chunked, close or none. raw: all of its bytes.

    complete: it ended as its framing says; if not, `broken` tells what came instead: "" (nothing more came in
    time), "eof", "reset", or the text of a malformation. informational: the 1xx before it. ended: when, in
    monotonic seconds; first: when its first byte came.
    """

    status: int = 0
    version: str = ""
    reason: bytes = b""
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    trailers: Headers = field(default_factory=list)
    informational: list[tuple[int, Headers]] = field(default_factory=list)
    framing: str = ""
    raw: bytes = b""
    complete: bool = False
    broken: str = ""

    def values(self, name: bytes) -> list[bytes]:
        """All values of a header, without regard to case."""
        return [value for key, value in self.headers if key.lower() == name]

    def to_json(self) -> dict[str, Any]:
        """All fields, for codec.encode."""
        return {name: getattr(self, name) for name in self.__slots__}


_VALUE = rb"(?:[\x21-\x7e\x80-\xff]+(?:[ \t]+[\x21-\x7e\x80-\xff]+)*)?"
_LINE = rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(" + _VALUE + rb")[ \t]*\r\n"
_HEAD = re.compile(
    rb"HTTP/1\.1 ((?!204|304)[2-5][0-9]{2}) ([\t \x21-\x7e\x80-\xff]*)\r\n((?:" + _LINE + rb")*)\r\n"
)
_LINES = re.compile(_LINE)
_CHUNK = re.compile(rb"([1-9a-fA-F][0-9a-fA-F]{0,7})\r\n")


def whole(data: bytes) -> tuple[Response, bytes] | None:
    """A plain response to a plain method, if it is there to its end, and what follows it; else None.

    What is odd in any way, or cut short, is left to h11.
    """
    head = _HEAD.match(data)
    if head is None:
        return None
    headers = _LINES.findall(head[3])
    names = [name.lower() for name, _ in headers]
    lengths, codings = names.count(b"content-length"), names.count(b"transfer-encoding")
    if lengths + codings != 1:
        return None
    value = headers[names.index(b"content-length" if lengths else b"transfer-encoding")][1]
    start = head.end()
    if lengths:
        if not value.isdigit() or len(value) > 9 or start + int(value) > len(data):
            return None
        end = start + int(value)
        body, framing = data[start:end], "length"
    else:
        found = _chunked(data, start) if value.lower() == b"chunked" else None
        if found is None:
            return None
        (body, end), framing = found, "chunked"
    made = Response(int(head[1]), "1.1", head[2], headers, body, framing=framing, raw=data[:end])
    made.complete = True
    return made, data[end:]


def _chunked(data: bytes, at: int) -> tuple[bytes, int] | None:
    """The body of chunks without extensions and trailers, and where it ends."""
    pieces = []
    while (chunk := _CHUNK.match(data, at)) is not None:
        start = chunk.end()
        at = start + int(chunk[1], 16) + 2
        if data[at - 2 : at] != b"\r\n":
            return None
        pieces.append(data[start : at - 2])
    return (b"".join(pieces), at + 5) if data[at : at + 5] == b"0\r\n\r\n" else None


class Reader:
    """Reads one response out of bytes that come piece by piece. rest: what followed it."""

    def __init__(self, method: bytes) -> None:
        self.response = Response()
        self.rest = b""
        self.done = False
        self._raw = bytearray()
        self._body = bytearray()
        self._method = method
        self._parser: h11.Connection | None = None

    @property
    def _h11(self) -> h11.Connection:
        """The parser for what is not plain, made when it is needed."""
        if self._parser is None:
            self._parser = self._made(self._method)
        return self._parser

    @staticmethod
    def _made(method: bytes) -> h11.Connection:
        parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
        known = method if method in (b"HEAD", b"CONNECT") else b"GET"
        upgrade = [(b"Host", b"a"), (b"Upgrade", b"websocket"), (b"Connection", b"Upgrade")]
        parser.send(h11.Request(method=known, target=b"/", headers=upgrade))
        parser.send(h11.EndOfMessage())
        return parser

    def feed(self, data: bytes) -> None:
        """More bytes; empty at the end of the stream."""
        if self.done:
            self.rest += data
            return
        if self._parser is None and not self._raw and data and self._method not in (b"HEAD", b"CONNECT"):
            found = whole(data)
            if found is not None:
                self.response, self.rest = found
                self._raw += self.response.raw
                self._body += self.response.body
                self.done = True
                return
        self._raw += data
        try:
            self._h11.receive_data(data)
            while not self.done:
                event = self._h11.next_event()
                if event is h11.NEED_DATA:
                    break
                self._take(event)
        except h11.RemoteProtocolError as error:
            self._finish("eof" if not data else str(error))

    def _take(self, event: Any) -> None:
        made = self.response
        if isinstance(event, h11.InformationalResponse) and event.status_code != 101:
            made.informational.append((event.status_code, _lines(event)))
            if len(made.informational) > INFORMATIONAL:
                self._finish(f"more than {INFORMATIONAL} responses of the 1xx kind")
        elif isinstance(event, h11.Response | h11.InformationalResponse):
            made.status, made.reason = event.status_code, bytes(event.reason)
            made.version, made.headers = event.http_version.decode(), _lines(event)
            made.framing = _framing(made)
            if event.status_code == 101:
                made.complete = True
                self._finish("")
        elif isinstance(event, h11.Data):
            self._body += event.data
        elif isinstance(event, h11.EndOfMessage):
            made.trailers = [(bytes(name), bytes(value)) for name, value in event.headers.raw_items()]
            made.complete = True
            self._finish("")
        elif event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
            self._finish("eof")

    def _finish(self, broken: str) -> None:
        self.done = True
        self.response.broken = "" if self.response.complete else broken
        if self.response.complete:
            self.rest, _ = self._h11.trailing_data
        if self.rest:
            del self._raw[-len(self.rest) :]

    def settle(self, broken: str = "") -> Response:
        """The response as far as it came."""
        if not self.done and broken:
            self.response.broken = broken
        self.response.raw, self.response.body = bytes(self._raw), bytes(self._body)
        return self.response


def _lines(event: Any) -> Headers:
    return [(bytes(name), bytes(value)) for name, value in event.headers.raw_items()]


def _framing(response: Response) -> str:
    if response.status in (101, 204, 304):
        return "none"
    if response.values(b"transfer-encoding"):
        return "chunked"
    return "length" if response.values(b"content-length") else "close"
