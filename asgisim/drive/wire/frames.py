"""WebSocket frames, written as told and read as they come."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
OPCODES = {"continuation": 0, "text": 1, "binary": 2, "close": 8, "ping": 9, "pong": 10}
KEY = base64.b64encode(b"asgisim-asgisim!")
MASK = b"\x37\xfa\x21\x3d"


def proof(key: bytes) -> bytes:
    """What sec-websocket-accept must be for a key."""
    return base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())


def handshake_headers(
    key: bytes | None = KEY,
    version: bytes | None = b"13",
    subprotocols: Any = (),
    extensions: bytes | None = None,
) -> list[tuple[bytes, bytes]]:
    """The headers of a handshake, without host. Each of subprotocols becomes a line of its own."""
    lines = [(b"Upgrade", b"websocket"), (b"Connection", b"Upgrade")]
    if key is not None:
        lines.append((b"Sec-WebSocket-Key", key))
    if version is not None:
        lines.append((b"Sec-WebSocket-Version", version))
    lines += [(b"Sec-WebSocket-Protocol", item) for item in subprotocols]
    if extensions is not None:
        lines.append((b"Sec-WebSocket-Extensions", extensions))
    return lines


def compose(
    opcode: int | str,
    data: bytes = b"",
    fin: bool = True,
    mask: bool = True,
    rsv: int = 0,
    size: int | None = None,
) -> bytes:
    """The bytes of one frame, as told and unchecked.

    size: bytes of the length form (1, 2 or 8), else the shortest.
    """
    number = OPCODES[opcode] if isinstance(opcode, str) else opcode
    length = len(data)
    form = size or (1 if length < 126 else 2 if length < 65536 else 8)
    first = bytes([(0x80 if fin else 0) | (rsv & 7) << 4 | number & 15])
    bit = 0x80 if mask else 0
    second = bytes([bit | length]) if form == 1 else bytes([bit | (126 if form == 2 else 127)])
    head = first + second + (b"" if form == 1 else length.to_bytes(form, "big"))
    return head + (MASK + _masked(data) if mask else data)


def close_payload(code: int | None, reason: str | bytes = b"") -> bytes:
    """What a close frame holds."""
    text = reason.encode() if isinstance(reason, str) else reason
    return b"" if code is None else (code & 0xFFFF).to_bytes(2, "big") + text


def _masked(data: bytes, mask: bytes = MASK) -> bytes:
    whole = int.from_bytes(mask * (len(data) // 4 + 1), "big") >> 8 * (4 - len(data) % 4)
    return (int.from_bytes(data, "big") ^ whole).to_bytes(len(data), "big") if data else b""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as it was read. form: bytes of its length field (1, 2 or 8). data is unmasked."""

    opcode: int
    data: bytes
    fin: bool
    masked: bool
    rsv: int
    form: int

    @property
    def code(self) -> int | None:
        """The close code, None if there is none."""
        return int.from_bytes(self.data[:2], "big") if self.opcode == 8 and len(self.data) >= 2 else None

    def to_json(self) -> dict[str, Any]:
        """All fields, for codec.encode."""
        return {name: getattr(self, name) for name in self.__slots__}


def parse(buffer: bytearray) -> Frame | None:
    """Take one whole frame from the front of the buffer, None if more must come first."""
    if len(buffer) < 2:
        return None
    masked, length = bool(buffer[1] & 0x80), buffer[1] & 0x7F
    form = {126: 2, 127: 8}.get(length, 1)
    start = 2 + (0 if form == 1 else form)
    if form != 1:
        if len(buffer) < start:
            return None
        length = int.from_bytes(buffer[2:start], "big")
    key = start
    start += 4 if masked else 0
    if len(buffer) < start + length:
        return None
    data = bytes(buffer[start : start + length])
    if masked:
        data = _masked(data, bytes(buffer[key : key + 4]))
    frame = Frame(buffer[0] & 15, data, bool(buffer[0] & 0x80), masked, buffer[0] >> 4 & 7, form)
    del buffer[: start + length]
    return frame


def number(frame: dict[str, Any]) -> int:
    """The opcode of a frame of ours, which may be told by name."""
    told = frame["opcode"]
    return OPCODES[told] if isinstance(told, str) else int(told)


def is_clean(frame: dict[str, Any]) -> bool:
    """Whether a frame of ours is what every server must take."""
    opcode = number(frame)
    control = opcode >= 8
    known = opcode in (0, 1, 2, 8, 9, 10)
    sized = len(frame.get("data", b"")) <= 125 and frame.get("fin", True) if control else True
    return bool(
        known and frame.get("mask", True) and not frame.get("rsv") and not frame.get("size") and sized
    )


def joined(parts: list[tuple[int, bytes, bool]]) -> list[tuple[int, bytes]]:
    """Whole data messages out of frames, control frames left out."""
    out: list[tuple[int, bytes]] = []
    opcode, data = 0, b""
    for number, piece, fin in parts:
        if number >= 8:
            continue
        if number:
            opcode, data = number, b""
        data += piece
        if fin:
            out.append((opcode, data))
    return out
