"""From bytes to a request, as strictly as RFC 9112 asks, and to the scope that the application gets."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

import h11

from asgisim.reference.link import Link

LIMIT = 64 * 1024  # bytes of one head
SLICE = 8 * 1024  # bytes given to h11 at once: it checks the limit between two gifts only
_ABSOLUTE = re.compile(rb"(?i:https?)://([^/?#]*)([^?#]*)(\?[^#]*)?\Z")
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~!$&'()*+,;=%]*)(:\d*)?\Z")


class Refused(Exception):
    """A request that gets an error instead of a call of the application."""

    def __init__(self, status: int, why: str, headers: list[tuple[bytes, bytes]] | None = None) -> None:
        super().__init__(why)
        self.status = status
        self.headers = headers or []


@dataclass(slots=True)
class Head:
    """One request's head. target: as it came. path is raw, before decoding. offered: subprotocols."""

    method: str
    version: str
    raw_path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    websocket: bool = False
    offered: list[str] = field(default_factory=list)

    def values(self, name: bytes) -> list[bytes]:
        """All values of a header, in order."""
        return [value for key, value in self.headers if key == name]

    def tokens(self, name: bytes) -> list[bytes]:
        """The comma-separated tokens over all lines of a header, in lower case."""
        return [token.lower() for token in split(self.values(name))]


def split(values: list[bytes]) -> list[bytes]:
    """The members of comma-separated lists."""
    return [item for value in values for part in value.split(b",") if (item := part.strip())]


class Parser:
    """Reads one request from a link. parser is h11's connection, made anew for each request."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=LIMIT)

    def skip_empty_lines(self) -> None:
        """Leave out the empty lines that some clients put before a request line."""
        while self.link.inbox[:2] == b"\r\n":
            del self.link.inbox[:2]

    async def next(self) -> Any:
        """h11's next event, once there is one. Raises h11.RemoteProtocolError."""
        while True:
            event = self.peek()
            if event is not None:
                return event
            await self.link.change()

    def peek(self) -> Any:
        """h11's next event, or None if more must come first. Raises h11.RemoteProtocolError."""
        while True:
            event = self.h11.next_event()
            if event is not h11.NEED_DATA:
                return event
            if self.link.inbox:
                self.h11.receive_data(self.link.take(SLICE))
            elif self.link.eof:
                self.h11.receive_data(b"")
            else:
                return None

    def give_back(self) -> None:
        """Hand what belongs to the next request back to the link."""
        data, _ = self.h11.trailing_data
        self.link.give_back(data)

    async def head(self) -> Head | None:
        """The next request's head, None if the client has nothing more to say. Raises Refused."""
        while not self.link.inbox or self.link.inbox == b"\r":
            if self.link.eof:
                return None
            await self.link.change()
            self.skip_empty_lines()
        self.skip_empty_lines()
        if not self.link.inbox:
            return await self.head()
        try:
            event = await self.next()
        except h11.RemoteProtocolError as error:
            raise Refused(self._status(error), str(error)) from None
        if not isinstance(event, h11.Request):
            return None
        return read_head(event)

    def _status(self, error: h11.RemoteProtocolError) -> int:
        rest, _ = self.h11.trailing_data
        if error.error_status_hint == 431 and b"\n" not in rest:
            return 414
        return error.error_status_hint


def read_head(event: h11.Request) -> Head:
    """Check what h11 lets pass and split the target. Raises Refused."""
    headers = [(bytes(name), bytes(value)) for name, value in event.headers]
    major, _, minor = event.http_version.decode().partition(".")
    if major != "1":
        raise Refused(505, f"HTTP/{major}.{minor} is not spoken here")
    version = "1.0" if minor == "0" else "1.1"
    head = Head(event.method.decode(), version, b"", b"", headers)
    _check_framing(head)
    _check_host(head)
    if not head.method.isupper() or head.method == "CONNECT":
        raise Refused(501, f"the method {head.method} is not known")
    _split_target(head, event.target)
    _read_upgrade(head)
    return head


def _check_framing(head: Head) -> None:
    coded = head.values(b"transfer-encoding")
    if coded and head.values(b"content-length"):
        raise Refused(400, "transfer-encoding and content-length stand together")
    if coded and head.version == "1.0":
        raise Refused(400, "transfer-encoding on HTTP/1.0")


def _check_host(head: Head) -> None:
    hosts = head.values(b"host")
    if len(hosts) > 1 or (not hosts and head.version != "1.0"):
        raise Refused(400, "a request needs one host")
    if hosts and not _HOST.match(hosts[0]):
        raise Refused(400, f"{hosts[0]!r} is not a host")


def _split_target(head: Head, target: bytes) -> None:
    absolute = _ABSOLUTE.match(target)
    if absolute:
        authority, path, query = absolute[1], absolute[2] or b"/", absolute[3] or b""
        if not authority or not _HOST.match(authority):
            raise Refused(400, f"{target!r} names no host")
        head.headers = [(n, authority if n == b"host" else v) for n, v in head.headers]
        target = path + query
    elif target == b"*":
        if head.method != "OPTIONS":
            raise Refused(400, "only OPTIONS may have * as its target")
    elif not target.startswith(b"/") or b"#" in target:
        raise Refused(400, f"{target!r} is not a target")
    head.raw_path, _, head.query = target.partition(b"?")


def _read_upgrade(head: Head) -> None:
    if b"websocket" not in head.tokens(b"upgrade") or b"upgrade" not in head.tokens(b"connection"):
        return
    if head.version == "1.0":
        return  # an upgrade in HTTP/1.0 is to be ignored
    if head.method != "GET":
        raise Refused(400, "a WebSocket handshake is a GET")
    versions = head.values(b"sec-websocket-version")
    if versions != [b"13"]:
        raise Refused(426, "only WebSocket version 13", [(b"sec-websocket-version", b"13")])
    keys = head.values(b"sec-websocket-key")
    if len(keys) != 1 or not _is_key(keys[0]):
        raise Refused(400, "a WebSocket handshake needs one key of 16 bytes in base64")
    if head.values(b"transfer-encoding") or head.values(b"content-length") not in ([], [b"0"]):
        raise Refused(400, "a WebSocket handshake has no body")
    head.websocket = True
    head.offered = [item.decode("latin-1") for item in split(head.values(b"sec-websocket-protocol"))]


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except binascii.Error:
        return False


def scope(
    head: Head,
    client: Any,
    server: Any,
    root_path: str,
    state: dict[str, Any] | None,
    tls: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The scope of a request. tls: the entry of that extension, for a connection that has it."""
    path = unquote_to_bytes(head.raw_path).decode("utf-8", "replace")
    if root_path and not (path == root_path or path.startswith(root_path + "/")):
        path = root_path + path  # the proxy in front has taken it off
    made: dict[str, Any] = {
        "type": "websocket" if head.websocket else "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": head.version,
        "scheme": ("ws" if head.websocket else "http") + ("s" if tls else ""),
        "path": path,
        "raw_path": head.raw_path,
        "query_string": head.query,
        "root_path": root_path,
        "headers": list(head.headers),
        "client": client,
        "server": server,
        "extensions": {"tls": tls} if tls else {},
    }
    if head.websocket:
        made["subprotocols"] = list(head.offered)
        made["extensions"]["websocket.http.response"] = {}
    else:
        made["method"] = head.method
        if head.version == "1.1":
            made["extensions"]["http.response.early_hint"] = {}
            if b"trailers" in head.tokens(b"te"):
                made["extensions"]["http.response.trailers"] = {}
    if state is not None:
        made["state"] = state.copy()
    return made
