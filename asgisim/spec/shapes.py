"""Looking at values without changing them: what is iterable, what is a pair, what is a header."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

_NOT_LISTS = (str, bytes, bytearray, memoryview, dict)


def items_of(value: object) -> list[Any] | None:
    """The items of an iterable as a list; None for what is no list of things (a str, bytes, a dict, an int).

    A one-shot iterable that was recorded has its items at hand. Another one is not walked, since that
    would use it up: its items are then unknown, and an empty list stands for them.
    """
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, _NOT_LISTS):
        return None
    kept = getattr(value, "items", None)
    if isinstance(kept, list):
        return kept
    if isinstance(value, Collection):
        return list(value)
    return [] if hasattr(value, "__iter__") else None


def told(value: object) -> str:
    """A value in a message: its repr, or how long an int is that Python refuses to write out."""
    if isinstance(value, int) and value.bit_length() > 4096:
        return f"an int of {value.bit_length()} bits"
    return repr(value)


_TIDY_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+")
_tidy_names: set[bytes] = set()  # emptied when it is full
_NAMES_MAX, _NAME_LENGTH_MAX = 4096, 64


def tidy(headers: object) -> bool:
    """Whether this is a list or tuple of pairs of bytes, with tokens in lower case and no line end in a value.

    Nearly all headers are, so one quick look stands for the checks that are marked with ``headers``.
    """
    if type(headers) is not list and type(headers) is not tuple:
        return False
    try:
        for pair in headers:
            if type(pair) is not tuple:  # to unpack an iterator would use it up
                return False
            name, value = pair
            if type(name) is not bytes or type(value) is not bytes:
                return False
            if name not in _tidy_names and not _is_tidy(name):
                return False
            if 10 in value or 13 in value or 0 in value:  # looked for in a tenth of a pattern's time
                return False
    except ValueError:  # no pair
        return False
    return True


def _is_tidy(name: bytes) -> bool:
    if not _TIDY_NAME.fullmatch(name):
        return False
    if len(name) <= _NAME_LENGTH_MAX:
        if len(_tidy_names) >= _NAMES_MAX:
            _tidy_names.clear()
        _tidy_names.add(name)
    return True


def pairs_of(value: object) -> Sequence[Sequence[Any]]:
    """The two-item iterables in `value`; everything else is left out."""
    if type(value) is list:
        for item in value:
            if type(item) is not tuple or len(item) != 2:
                break
        else:
            return value
    pairs = [items_of(item) for item in items_of(value) or ()]
    return [pair for pair in pairs if pair is not None and len(pair) == 2]


def not_pairs(value: object) -> Iterator[str]:
    """A detail for each thing that keeps `value` from being an iterable of two-item iterables."""
    items = items_of(value)
    if items is None:
        yield f"headers is {type(value).__name__}, not an iterable of pairs"
        return
    for item in items:
        pair = items_of(item)
        if pair is None or len(pair) != 2:
            yield f"{item!r} is not a pair of name and value"


def names_of(value: object) -> list[bytes]:
    """The names in a header list that are bytes."""
    return [name for name, _ in pairs_of(value) if isinstance(name, bytes)]


def is_int(value: object) -> bool:
    """Whether this is an int and no bool: Python takes True for 1, no protocol does."""
    return isinstance(value, int) and not isinstance(value, bool)


def typed(key: str, value: object, wanted: str) -> str:
    """The detail for a value of the wrong type."""
    return f"{key} is {type(value).__name__}, not {wanted}"
