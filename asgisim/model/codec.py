"""ASGI values as JSON that a person can read and write, and back.

JSON has no bytes, tuples or NaN, and a tool whose trade is wrong messages must be able to hold them
all. The form: a str stands for itself, unless it begins with ``b:`` or ``s:``, then ``s:`` is put
before it. Bytes are ``b:`` and their printable ASCII, everything else escaped (``b:caf\\xe9``). What
JSON lacks beyond that is an object with one key that begins with ``$``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
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
        raise ValueError(f"expected \\xNN, \\n, \\r, \\t or \\\\ after a backslash, but got {text[:80]!r}")
    if not text.isascii():
        raise ValueError(f"expected ASCII and escapes in bytes, but got {text[:80]!r}")
    return text.encode("ascii")


def encode(value: Any) -> Any:
    """Turn any value that an ASGI message may hold into JSON data; what JSON cannot carry becomes $object."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        return value if -_INT_MAX < value < _INT_MAX else {"$object": int_text(value)}
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
        made = {}
        for key, item in value.items():
            if type(key) is not str or key[:1] == "$":
                break
            made[key] = encode(item)
        else:
            return made
        return {"$dict": [[encode(key), encode(item)] for key, item in value.items()]}
    if kind is bytearray or kind is memoryview:
        return {f"${kind.__name__}": "b:" + bytes_to_text(bytes(value))}
    if kind is OneShot:
        return {"$iterator": [encode(item) for item in value.items]}
    if isinstance(value, tuple):  # of a class of its own, as hpack's headers are: no less of a pair
        return {"$tuple": [encode(item) for item in value]}
    return {"$object": value.text if kind is Opaque else _safe_repr(value)}


def decode(data: Any) -> Any:
    """The inverse of encode. Raises ValueError that says what was expected for an unknown ``$`` key."""
    kind = type(data)
    if kind is str:
        if data[1:2] != ":":
            return data
        if data[0] == "b":
            return text_to_bytes(data[2:])
        return data[2:] if data[0] == "s" else data
    if kind is list:
        return [decode(item) for item in data]
    if kind is not dict:
        return data
    if len(data) == 1:
        [(key, inner)] = data.items()
        if key == "$tuple" and type(inner) is list:  # of headers, and so by far the most frequent
            return tuple([decode(item) for item in inner])
        if key[:1] == "$":
            return _decode_special(key, inner)
    return {key: decode(item) for key, item in data.items()}


def _decode_special(key: str, inner: Any) -> Any:
    form = _FORMS.get(key)
    if form is None:
        raise ValueError(f"expected one of {', '.join(_FORMS)}, but got {key[:80]!r}")
    wanted, fits, make = form
    try:
        if fits(inner):
            return make(inner)
    except TypeError:  # a key that cannot be one
        pass
    raise ValueError(f"expected {wanted} for {key}, but got {repr(inner)[:80]}")


def _is_repeat(inner: Any) -> bool:
    text, count = inner if type(inner) is list and len(inner) == 2 else (None, None)
    return type(text) is str and type(count) is int and 0 <= count <= REPEAT_MAX


def _is_float(inner: Any) -> bool:
    try:
        return type(inner) is str and len(inner) < 400 and float(inner) is not None
    except ValueError:
        return False


def _is_pairs(inner: Any) -> bool:
    return type(inner) is list and all(type(pair) is list and len(pair) == 2 for pair in inner)


def _is_list(inner: Any) -> bool:
    return type(inner) is list


def _is_bytes(inner: Any) -> bool:
    return type(inner) is str and inner[:2] == "b:"


def _is_text(inner: Any) -> bool:
    return type(inner) is str


REPEAT_MAX = 1 << 34  # how often one unit may be repeated; readers of files have a narrower bound
# key: what is wanted, whether it is that, and what is made of it.
_FORMS: dict[str, tuple[str, Callable[[Any], bool], Callable[[Any], Any]]] = {
    "$tuple": ("a list", _is_list, lambda inner: tuple([decode(item) for item in inner])),
    "$iterator": ("a list", _is_list, lambda inner: OneShot([decode(item) for item in inner])),
    "$dict": ("a list of pairs", _is_pairs, lambda inner: {decode(key): decode(item) for key, item in inner}),
    "$repeat": ("[text or bytes, count]", _is_repeat, lambda inner: decode(inner[0]) * inner[1]),
    "$bytearray": ("bytes", _is_bytes, lambda inner: bytearray(decode(inner))),
    "$memoryview": ("bytes", _is_bytes, lambda inner: memoryview(decode(inner))),
    "$float": ("nan, inf or -inf", _is_float, float),
    "$object": ("text", _is_text, lambda inner: Opaque(inner[:500])),
}


def repeated(data: Any) -> int:
    """How many bytes or characters all ``$repeat`` in JSON data would make."""
    total, todo = 0, [data]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            todo.extend(one.values())
            match one.get("$repeat"):
                case [str() as unit, int() as count]:
                    total += len(unit) * max(count, 0)
        elif isinstance(one, list):
            todo.extend(one)
    return total


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


_INT_MAX = 10**1000  # what is longer is not written out: Python itself refuses to from 4300 digits on


def int_text(value: int) -> str:
    """The digits of an int, or how long it is where nobody would want them."""
    return str(value) if -_INT_MAX < value < _INT_MAX else f"<int of {value.bit_length()} bits>"


def _safe_repr(value: object) -> str:
    try:
        text = str.__str__(repr(value))  # the repr may be of a kind of its own
    except Exception as error:  # a broken __repr__ must not hide the finding
        text = f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"
    # Addresses differ from run to run, and a trace must not.
    return re.sub(r" at 0x[0-9a-f]+", "", text)[:500]
