"""ASGI values as JSON that a person can read and write, and back.

JSON has no bytes, tuples or NaN, and a tool whose trade is wrong messages must be able to hold them
all. The form: a str stands for itself, unless it begins with ``b:`` or ``s:``, then ``s:`` is put
before it. Bytes are ``b:`` and their printable ASCII, everything else escaped (``b:caf\\xe9``). What
JSON lacks beyond that is an object with one key that begins with ``$``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|[\\nrt])")
_NAMED = {"\\": 0x5C, "n": 0x0A, "r": 0x0D, "t": 0x09}
_PRINTED = {
    code: chr(code) if 0x20 <= code < 0x7F and code != 0x5C else f"\\x{code:02x}" for code in range(256)
}
_PRINTED.update({code: f"\\{letter}" for letter, code in _NAMED.items()})
LONG = 64  # runs of one byte longer than this are written as $repeat


class Opaque:
    """Stands for a value that JSON cannot carry; only its repr is kept."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Opaque) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)


def bytes_to_text(value: bytes) -> str:
    """Printable ASCII as it is, everything else escaped: ``caf\\xe9``."""
    if value.isascii() and b"\\" not in value and (text := value.decode("ascii")).isprintable():
        return text
    return "".join(map(_PRINTED.__getitem__, value))


def text_to_bytes(text: str) -> bytes:
    """The inverse of bytes_to_text. Raises ValueError for a lone backslash or a character beyond ASCII."""
    if "\\" not in text and text.isascii():
        return text.encode("ascii")
    out = bytearray()
    position = 0
    for match in _ESCAPE.finditer(text):
        out += _plain(text[position : match.start()])
        code = match[1]
        out.append(_NAMED[code] if code in _NAMED else int(code[1:], 16))
        position = match.end()
    out += _plain(text[position:])
    return bytes(out)


def _plain(text: str) -> bytes:
    if "\\" in text:
        raise ValueError(f"expected \\xNN, \\n, \\r, \\t or \\\\ after a backslash, but got {text!r}")
    if not text.isascii():
        raise ValueError(f"expected ASCII and escapes in bytes, but got {text!r}")
    return text.encode("ascii")


def encode(value: Any) -> Any:
    """Turn any value that an ASGI message may hold into JSON data; what JSON cannot carry becomes $object."""
    kind = type(value)
    if value is None or kind is bool or kind is int:
        return value
    if kind is str:
        return f"s:{value}" if value[:2] in ("b:", "s:") else value
    if kind is bytes:
        if len(value) > LONG and value == value[:1] * len(value):
            return {"$repeat": [encode(value[:1]), len(value)]}
        return "b:" + bytes_to_text(value)
    if kind is float:
        return value if math.isfinite(value) else {"$float": str(value)}
    if kind is list:
        return [encode(item) for item in value]
    if kind is tuple:
        return {"$tuple": [encode(item) for item in value]}
    if kind is dict:
        if all(type(key) is str and not key.startswith("$") for key in value):
            return {key: encode(item) for key, item in value.items()}
        return {"$dict": [[encode(key), encode(item)] for key, item in value.items()]}
    if kind is bytearray or kind is memoryview:
        return {f"${kind.__name__}": "b:" + bytes_to_text(bytes(value))}
    if kind is OneShot:
        return {"$iterator": [encode(item) for item in value.items]}
    return {"$object": value.text if kind is Opaque else _safe_repr(value)}


def decode(data: Any) -> Any:
    """The inverse of encode. Raises ValueError that says what was expected for an unknown ``$`` key."""
    kind = type(data)
    if kind is str:
        if data[:2] == "b:":
            return text_to_bytes(data[2:])
        return data[2:] if data[:2] == "s:" else data
    if kind is list:
        return [decode(item) for item in data]
    if kind is not dict:
        return data
    if len(data) == 1:
        [(key, inner)] = data.items()
        if key == "$tuple" and type(inner) is list:
            return tuple([decode(item) for item in inner])
        if key[:1] == "$":
            return _decode_special(key, inner)
    return {key: decode(item) for key, item in data.items()}


def _decode_special(key: str, inner: Any) -> Any:
    try:
        if key == "$repeat":
            unit, count = inner
            if not 0 <= count <= 1 << 34:
                raise ValueError("count is out of range")
            return decode(unit) * count
        if key == "$float":
            return float(inner)
        if key == "$tuple":
            return tuple(decode(item) for item in inner)
        if key == "$iterator":
            return OneShot([decode(item) for item in inner])
        if key == "$dict":
            return {decode(name): decode(item) for name, item in inner}
        if key == "$bytearray":
            return bytearray(decode(inner))
        if key == "$memoryview":
            return memoryview(decode(inner))
        if key == "$object":
            return Opaque(str(inner))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{key} cannot be read from {inner!r}: {error}") from None
    known = "$tuple, $iterator, $dict, $repeat, $bytearray, $memoryview, $float, $object"
    raise ValueError(f"expected one of {known}, but got {key!r}")


class OneShot:
    """An iterable that can be walked once, as a generator is, and whose items can still be told."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items
        self._rest = iter(items)

    def __iter__(self) -> Iterator[Any]:
        return self._rest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OneShot) and other.items == self.items

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"iter({self.items!r})"


def _safe_repr(value: object) -> str:
    try:
        text = repr(value)
    except Exception as error:  # a broken __repr__ must not hide the finding
        text = f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"
    # Addresses differ from run to run, and a trace must not.
    return re.sub(r" at 0x[0-9a-f]+", "", text)[:500]
