"""What a client asked for, read from its bytes as strictly as RFC 9112 asks, and what is wrong with it.

The reader is ours and not a library's: a judge that leant on h11 could not tell where h11 is lenient.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

Lines = list[tuple[bytes, bytes]]

UNCLEAR = "?"  # wrong, or at least odd, in a way for which there is no demand: nobody is judged by it
TURNS_TO_HTTP2 = "?h2c"  # the same for one that is legal, and after which HTTP/2 may be spoken
ODD_OFFER = "?offer"  # the same for a handshake that offers what is no subprotocol: it must get an answer
# Bytes from which a server may say that a request line, or a head, is too long: RFC 9112 3 recommends that
# lines of 8000 bytes are taken, and RFC 9110 5.4 sets no least size for fields.
LONG_LINE = 8_000
LONG_HEAD = 8_000
MANY = 60  # lines of a trailer from which a server may find them too many
_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) HTTP/(\d)\.(\d)\Z")
_BARE_END = re.compile(rb"(?<!\r)\n\r?\n")
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~!$&'()*+;=%]*)(:\d*)?\Z")
_SIZE = re.compile(rb"(0*[0-9A-Fa-f]{1,15})((?:[ \t]*;[^\r\n\x00]*)?)\Z")
_KEY = re.compile(rb"[A-Za-z0-9+/]{22}==\Z")
_BARE_KEY = re.compile(rb"[A-Za-z0-9+/]{22}=?\Z")  # the same without its padding, which many decoders take
LONG_EXTENSION = 256  # bytes from which a server may find an extension of a chunk too long
_ABSOLUTE = re.compile(rb"(?i:https?)://([^/?#]+)(.*)\Z", re.S)
# NUL has to be refused or replaced; the others may be kept (RFC 9110 5.5), and none of them ends a line.
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_NEVER_IN_TARGET = re.compile(rb'[#"<>\\^`{|}]')
METHODS = frozenset(b"GET HEAD POST PUT DELETE PATCH OPTIONS".split())
_REGISTERED = (b"gzip", b"deflate", b"compress", b"x-gzip", b"x-compress", b"identity")


@dataclass(slots=True)
class Asked:
    """One request. target: as it came. faults: the ids of the rules for what is wrong with it.

    whole: its last byte was sent. framing: none, length or chunked. odd: what is unusual and legal, as ids
    of the rules that say so.
    """

    method: bytes = b""
    target: bytes = b""
    version: bytes = b""
    headers: Lines = field(default_factory=list)
    body: bytes = b""
    trailers: Lines = field(default_factory=list)
    framing: str = "none"
    whole: bool = False
    faults: set[str] = field(default_factory=set)
    odd: set[str] = field(default_factory=set)
    end: int = 0
    _named: dict[bytes, list[bytes]] | None = None

    @property
    def named(self) -> dict[bytes, list[bytes]]:
        """The values of each header by its name in lower case. Ask for it when all headers are read."""
        if self._named is None:
            self._named = by_name(self.headers)
        return self._named

    def values(self, name: bytes) -> list[bytes]:
        """All values of a header, without regard to case."""
        return self.named.get(name, [])

    def tokens(self, name: bytes) -> list[bytes]:
        """The members of a header's comma-separated lists, in lower case."""
        if name not in self.named:
            return []
        return [
            part.strip().lower() for value in self.values(name) for part in value.split(b",") if part.strip()
        ]

    @property
    def plain(self) -> bool:
        """Whether every server has to serve it."""
        return not self.faults and self.whole

    @property
    def upgrade(self) -> bool:
        """Whether it asks for a WebSocket, well or badly."""
        return b"websocket" in self.tokens(b"upgrade")

    @property
    def path(self) -> bytes:
        """The target without scheme and authority."""
        if self.target[:1] == b"/":
            return self.target
        absolute = _ABSOLUTE.match(self.target)
        return (absolute[2] or b"/") if absolute else self.target

    @property
    def authority(self) -> bytes | None:
        """The authority of an absolute-form target."""
        if self.target[:1] == b"/":
            return None
        absolute = _ABSOLUTE.match(self.target)
        return absolute[1] if absolute else None

    @property
    def closes(self) -> bool:
        """Whether the client says that this is its last request."""
        tokens = self.tokens(b"connection")
        return b"close" in tokens or (self.version == b"1.0" and b"keep-alive" not in tokens)


def by_name(lines: Lines) -> dict[bytes, list[bytes]]:
    """The values of each name, in lower case, in order."""
    out: dict[bytes, list[bytes]] = {}
    for name, value in lines:
        out.setdefault(name.lower(), []).append(value)
    return out


def read(data: bytes) -> list[Asked]:
    """The requests in these bytes, in order. What follows a faulty one, or an upgrade, is not read."""
    found: list[Asked] = []
    at = 0
    while at < len(data):
        asked = _one(data, at)
        if asked is None:
            break
        found.append(asked)
        if asked.faults or not asked.whole or asked.upgrade:
            break
        at = asked.end
    return found


def _one(data: bytes, at: int) -> Asked | None:
    asked = Asked()
    start = at
    while data[at : at + 2] == b"\r\n":
        at += 2
    if at > start:
        asked.odd.add("wire.req.leading-crlf")
        if at == len(data):
            return None
        if at - start > 2:
            asked.faults.add(UNCLEAR)  # one empty line has to be borne, many have not
    end = data.find(b"\r\n\r\n", at)
    rest = data[at:] if at else data
    bare = _BARE_END.search(rest) if rest.count(b"\n") > rest.count(b"\r\n") else None
    if bare and (end < 0 or at + bare.start() < end):
        asked.faults.add("wire.req.bare-lf")
        end, asked.end = at + bare.start(), at + bare.end()
    elif end < 0:
        return _unfinished(asked, data, at)
    else:
        asked.end = end + 4
    _head(asked, data[at:end])
    if asked.faults == {"wire.req.te-and-length"}:
        asked.framing = "chunked"  # which overrides the length, if the request is read at all
    if not asked.faults or asked.framing == "chunked":
        _body(asked, data)
    if asked.upgrade and not asked.faults:
        _handshake(asked)
    return asked


def _handshake(asked: Asked) -> None:
    keys, versions = asked.values(b"sec-websocket-key"), asked.values(b"sec-websocket-version")
    tokens = asked.tokens(b"connection")
    if asked.method != b"GET" or b"upgrade" not in tokens or asked.framing != "none":
        asked.faults.add("wire.ws.handshake-check" if asked.framing == "none" else UNCLEAR)
    if len(keys) != 1 or not _KEY.match(keys[0]):
        bare = len(keys) == 1 and _BARE_KEY.match(keys[0])
        asked.faults.add(UNCLEAR if bare else "wire.ws.handshake-check")
    offers = [part.strip() for v in asked.values(b"sec-websocket-protocol") for part in v.split(b",")]
    if not all(one.isascii() for one in offers):
        asked.faults.add(ODD_OFFER)
    elif len(set(offers)) < len(offers) or not all(_TOKEN.match(one) for one in offers):
        asked.faults.add(UNCLEAR)  # RFC 6455 4.1 asks the client for different tokens
    if asked.version != b"1.1":
        asked.faults.add(UNCLEAR)  # to be read as an ordinary request
    if versions != [b"13"]:
        told = int(versions[0]) if len(versions) == 1 and versions[0].isdigit() else 0
        asked.faults.add("wire.ws.version" if told > 13 else UNCLEAR)  # the drafts before it had lower ones
    if len(asked.tokens(b"upgrade")) > 1 or b"close" in tokens:
        asked.faults.add(UNCLEAR)  # which of several protocols to take, or none, is the server's choice
    if not asked.faults and (asked.values(b"upgrade") != [b"websocket"] or tokens != [b"upgrade"]):
        asked.odd.add("wire.ws.handshake-tokens")


def _unfinished(asked: Asked, data: bytes, at: int) -> Asked:
    """A head without its end: only its size can be wrong with it, and else nothing can be said."""
    asked.end = len(data)
    asked.faults.add("wire.req.limits" if len(data) - at >= LONG_HEAD else UNCLEAR)
    return asked


def _head(asked: Asked, head: bytes) -> None:
    if b"\n" in head.replace(b"\r\n", b""):
        asked.faults.add("wire.req.bare-lf")
        head = re.sub(rb"(?<!\r)\n", b"\r\n", head)
    first, *lines = head.split(b"\r\n")
    match = _LINE.match(first)
    if match is None:
        asked.faults.add(_bad_line(first))
    else:
        asked.method, asked.target, asked.version = match[1], match[2], match[3] + b"." + match[4]
        if match[3] != b"1":
            asked.faults.add("wire.req.version")
        elif match[4] not in b"01":
            asked.faults.add(UNCLEAR)
    for line in lines:
        _line(asked, line)
    if len(first) > LONG_LINE or len(head) > LONG_HEAD or len(lines) > 90:
        asked.faults.add("wire.req.limits")
    if asked.version in (b"1.0", b"1.1"):
        _check_host(asked)
        _check_framing(asked)
        _check_target(asked)


def _bad_line(line: bytes) -> str:
    if b"\r" in line:
        return "wire.req.bare-cr"
    words = line.split(b" ")
    if len(words) == 3 and re.match(rb"HTTP/\d+\.\d+\Z", words[2]) and _TOKEN.match(words[0]):
        # What no URI can hold is no request line; of other odd bytes in the target some are often borne.
        return "wire.req.method-token" if re.search(rb"[\x80-\xff]", words[1]) else UNCLEAR
    return "wire.req.method-token"


def _line(asked: Asked, line: bytes) -> None:
    if line[:1] in (b" ", b"\t"):
        asked.faults.add("wire.req.obs-fold" if asked.headers else UNCLEAR)
        if asked.headers:
            before, value = asked.headers[-1]
            asked.headers[-1] = (before, value + b" " + line.strip(b" \t"))
        return
    name, colon, value = line.partition(b":")
    if b"\r" in line:
        asked.faults.add("wire.req.bare-cr")
    elif _CONTROL.search(value):
        asked.faults.add("wire.req.control-bytes")
    elif colon and name != name.rstrip(b" \t") and _TOKEN.match(name.rstrip(b" \t")):
        asked.faults.add("wire.req.space-before-colon")
    elif not colon or not _TOKEN.match(name):
        asked.faults.add(UNCLEAR)
    asked.headers.append((name, value.strip(b" \t")))


def _check_host(asked: Asked) -> None:
    hosts = asked.values(b"host")
    if len(hosts) > 1:
        asked.faults.add("wire.req.host-many")
    elif hosts and not _HOST.match(hosts[0]):
        asked.faults.add("robust.host-invalid" if re.search(rb"[\s/\\?#@<>,]", hosts[0]) else UNCLEAR)
    elif not hosts and asked.version == b"1.1":
        asked.faults.add("wire.req.host-missing")


def _check_target(asked: Asked) -> None:
    target = asked.target
    if asked.authority is not None:
        asked.odd.add("wire.req.absolute-form")
        target = asked.path
        if not _HOST.match(asked.authority or b""):
            asked.faults.add(UNCLEAR)
    starts = (b"/", b"?") if asked.authority is not None else (b"/",)
    if asked.method not in METHODS or not target.startswith(starts) or _NEVER_IN_TARGET.search(target):
        asked.faults.add(UNCLEAR)


def _check_framing(asked: Asked) -> None:
    lengths, codings = asked.values(b"content-length"), asked.tokens(b"transfer-encoding")
    coded = bool(asked.values(b"transfer-encoding"))
    if coded and asked.version == b"1.0":
        asked.faults.add("wire.req.te-http10")
    elif coded and lengths:
        asked.faults.add("wire.req.te-and-length")
    elif coded:
        asked.framing = "chunked" if codings[-1:] == [b"chunked"] else "none"
        if any(not part.strip() for v in asked.values(b"transfer-encoding") for part in v.split(b",")):
            asked.faults.add(UNCLEAR)  # empty members are to be ignored, and may be taken amiss
        if codings != [b"chunked"]:
            asked.faults.add(_bad_coding(codings))
    elif lengths:
        asked.framing = "length"
        asked.faults |= _bad_length(lengths)
    if b"100-continue" in asked.tokens(b"expect"):
        asked.odd.add("wire.req.expect-http10" if asked.version == b"1.0" else "wire.req.expect-continue")
    elif asked.values(b"expect"):
        asked.faults.add(UNCLEAR)
    if len(asked.values(b"content-type")) > 1:
        asked.faults.add(UNCLEAR)  # there can be one only: some take the first or last, some refuse
    if b"h2c" in asked.tokens(b"upgrade"):
        asked.faults.add(TURNS_TO_HTTP2)


def _bad_coding(codings: list[bytes]) -> str:
    if not codings or codings.count(b"chunked") > 1 or any(b";" in one for one in codings):
        return UNCLEAR
    known = all(one == b"chunked" or one in _REGISTERED for one in codings)
    if codings[-1] != b"chunked":
        return "wire.req.te-not-last" if known and b"identity" not in codings else UNCLEAR
    return UNCLEAR if known else "wire.req.te-unknown"


def _bad_length(lengths: list[bytes]) -> set[str]:
    members = [part.strip() for value in lengths for part in value.split(b",")]
    if not all(member.isdigit() and member.isascii() for member in members):
        return {"wire.req.length-syntax"}
    if len({int(member) for member in members}) > 1:
        return {"wire.req.length-conflict"}
    return {UNCLEAR} if len(members) > 1 or len(members[0]) > 15 else set()


def _body(asked: Asked, data: bytes) -> None:
    if asked.framing == "chunked":
        _chunks(asked, data)
    elif asked.framing == "length":
        length = int(asked.values(b"content-length")[0])
        asked.body = data[asked.end : asked.end + length]
        asked.whole = len(asked.body) == length
        asked.end += len(asked.body)
    else:
        asked.whole = True


def _chunks(asked: Asked, data: bytes) -> None:
    at = asked.end
    while True:
        stop = data.find(b"\r\n", at)
        if stop < 0:
            _bad_rest(asked, data[at:])
            asked.end = len(data)
            return
        size = _SIZE.match(data[at:stop])
        if size is None:
            # What is wrong with an extension is not the size, nor are blanks behind it.
            odd = re.search(rb";|\n", data[at:stop]) or re.match(rb"[0-9A-Fa-f]{1,15}[ \t]+\Z", data[at:stop])
            asked.faults.add(UNCLEAR if odd else "wire.req.chunk-size")
            asked.end = len(data)
            return
        if size[2]:
            asked.odd.add("wire.req.chunk-extension")
            asked.faults |= {UNCLEAR} if len(size[2]) > LONG_EXTENSION else set()
        length, at = int(size[1], 16), stop + 2
        if not length:
            break
        asked.body += data[at : at + length]
        rest = data[at + length : at + length + 2]
        if rest != b"\r\n":
            if len(rest) == 2 or (rest and rest != b"\r"):
                asked.faults.add("wire.req.chunk-size")
            asked.end = len(data)
            return
        at += length + 2
    _trailers(asked, data, at)


def _bad_rest(asked: Asked, rest: bytes) -> None:
    """A size line without its end: wrong already if it cannot become one."""
    if rest and not re.match(rb"[0-9A-Fa-f]{1,15}[ \t]*(;.*)?\r?\Z", rest, re.S):
        asked.faults.add("wire.req.chunk-size")


def _trailers(asked: Asked, data: bytes, at: int) -> None:
    while True:
        stop = data.find(b"\r\n", at)
        if stop < 0:
            asked.end = len(data)
            return
        line, at = data[at:stop], stop + 2
        if not line:
            asked.whole, asked.end = True, at
            return
        name, colon, value = line.partition(b":")
        if not colon or not _TOKEN.match(name) or b"\0" in value:
            asked.faults.add(UNCLEAR)
        asked.odd.add("wire.req.chunk-trailers")
        asked.faults |= {UNCLEAR} if len(asked.trailers) > MANY else set()
        asked.trailers.append((name, value.strip(b" \t")))
