"""Copies of what passes through: one for the trace, one for the app, so that neither alters the other."""

from __future__ import annotations

import functools
import re
from asyncio.events import Handle
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import Any

from asgisim.model import codec

_ATOMS = frozenset((str, bytes, int, bool, float, type(None)))
_ATOMIC, _STRS = _ATOMS.issuperset, frozenset((str,)).issuperset
_PLAIN = _ATOMS - {int}
_DEPTH = 40
_ITEMS = 10_000  # of an iterator, which may have no end
_SHORT = 2_000  # items of a list that need not be counted
_INT = 10**100
_LONG = 1 << 16  # bytes of a header that are kept
_KEYS = 100  # of an event that are kept in any case
_OWN = "asgisim.drive.sim"
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


class Room:
    """How many items copies may still have, all in all: a structure can be larger than all memory.

    Short lists of plain things are not counted.
    """

    __slots__ = ("left",)

    def __init__(self, left: int = 20_000) -> None:
        self.left = left


def snapshot(value: Any, depth: int = 0, room: Room | None = None) -> Any:
    """A copy for the trace: containers copied, iterators walked into a codec.OneShot, atoms as they are.

    What is of an app's own type loses its methods, so that looking at it later calls nothing of the app's.
    What is deeper than 40 levels, or has no room, is left out.
    """
    kind = type(value)
    if kind in _ATOMS:
        return bounded(value) if kind is int else value
    if kind is dict and not depth and len(value) < _KEYS and (copy := _event(value, room)) is not None:
        return copy
    if kind is dict and len(value) < _KEYS and _STRS(map(type, value)) and _ATOMIC(map(type, value.values())):
        return value.copy()
    if kind is list and len(value) < _SHORT and _are_flat(value):
        return value[:]  # header pairs, most often: tuples of atoms are their own copies
    room = room or Room()
    if depth > _DEPTH:
        return codec.Opaque("...")
    if isinstance(value, dict):
        most = max(room.left, 0 if depth else _KEYS)
        room.left -= len(value)
        return {
            _key(key): item if type(item) in _PLAIN else snapshot(item, depth + 1, room)
            for key, item in islice(dict.items(value), most)
        }
    if isinstance(value, list):
        return _items(list.__iter__(value), depth, room)
    if isinstance(value, tuple):
        if kind is tuple and len(value) < _SHORT and _ATOMIC(map(type, value)):
            return value
        return tuple(_items(tuple.__iter__(value), depth, room))
    if kind is bytearray:
        return bytearray(value)
    if kind is memoryview:
        return memoryview(bytes(value))
    if kind is codec.OneShot:
        return codec.OneShot(_items(iter(value.items), depth, room))
    if isinstance(value, str | bytes | int | float):
        return tame(value)
    if _is_file(value):
        return FileSeen(value)  # a file is iterable, but reading it is the server's affair
    if isinstance(value, Iterable):
        return codec.OneShot(_items(iter(_walk(value)), depth, room))
    return codec.Opaque(codec.encode(value)["$object"])


def _are_flat(items: Iterable[Any]) -> bool:
    """Whether all are tuples of atoms."""
    for item in items:
        if type(item) is not tuple:
            return False
        for part in item:  # most are pairs, for which this is quicker than any iterator
            if type(part) not in _ATOMS:
                return False
    return True


def _event(value: dict[Any, Any], room: Room | None) -> dict[Any, Any] | None:
    """A copy of a dict with few items; None for one with other keys than str."""
    copy = value.copy()
    for key, item in value.items():
        if type(key) is not str:
            return None
        kind = type(item)
        if kind is int:
            if not -_INT < item < _INT:
                copy[key] = bounded(item)
        elif kind not in _ATOMS:
            room = room or Room()
            copy[key] = snapshot(item, 1, room)
    return copy


def _is_file(value: Any) -> bool:
    """Whether it has a fileno to call; some mappings have every name as an attribute."""
    try:
        return callable(getattr(value, "fileno", None))
    except Exception:
        return False


def bounded(value: int) -> int:
    """An int that can be written out; Python refuses to where it is much longer, and nobody would read it."""
    return max(-_INT, min(value, _INT))


def _items(values: Iterator[Any], depth: int, room: Room) -> list[Any]:
    items = []
    for item in values:
        room.left -= 1
        if room.left < 0:
            break
        items.append(item if type(item) in _PLAIN else snapshot(item, depth + 1, room))
    return items


def _key(key: Any) -> Any:
    """A key that hashes and compares as Python's own do."""
    if type(key) in _ATOMS:
        return key
    if isinstance(key, str | bytes | int | float):
        return tame(key)
    if type(key) is tuple and _ATOMIC(map(type, key)):
        return key
    return codec.Opaque(codec.encode(key)["$object"])


# A type of the app's own, and one of the same name, base and repr without any other of its methods.
_TAMED: dict[type, type] = {}
_TAMED_MAX = 1000
_BASES: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (str, str.__str__),
    (bytes, lambda value: bytes.__getitem__(value, slice(None))),
    (int, int.__int__),
    (float, float.__float__),
)


def tame(value: Any) -> Any:
    """A str, bytes, int or float of the app's own type, which a check wants to know to be one."""
    kind = type(value)
    base, plain = next((base, plain) for base, plain in _BASES if isinstance(value, base))
    made = _TAMED.get(kind)
    if made is None:
        if len(_TAMED) >= _TAMED_MAX:
            _TAMED.clear()
        made = _TAMED[kind] = type(type.__getattribute__(kind, "__name__"), (base,), {"__slots__": ()})
    return made(plain(value))


@functools.lru_cache(maxsize=8)
def zeros(length: int) -> bytes:
    """What stands for a body that is not kept; apps send many parts of one length."""
    return bytes(length)


def weight(event: dict[Any, Any]) -> int:
    """The bytes and characters in the copy of an event, down to the pairs of its lists, without its body."""
    total = 0
    for key, item in event.items():
        if type(item) in (bytes, str) and key not in ("body", "bytes", "text"):
            total += len(item)
        elif type(item) is list:
            for pair in item:
                if type(pair) in (tuple, list):
                    total += sum(len(part) for part in pair if type(part) in (bytes, str))
    return total


def shortened(headers: list[Any]) -> list[Any]:
    """The copy of a list of headers, without what is long in it; itself if nothing is."""
    if not _has_long(headers):
        return headers
    return [
        type(pair)(part[:_LONG] if type(part) in (bytes, str) else part for part in pair)
        if type(pair) in (tuple, list)
        else pair
        for pair in headers
    ]


def _has_long(headers: list[Any]) -> bool:
    """Whether a part of a header is long, or there may be one beside what is no pair of bytes."""
    try:
        for pair in headers:
            for part in pair:
                if len(part) > _LONG:
                    return True
    except TypeError:  # no pairs, or none of bytes
        return True
    return False


def outline(event: dict[Any, Any]) -> dict[Any, Any]:
    """The copy of an event without what is long in it."""
    return {
        key: [] if type(item) is list else item[:64] if type(item) in (bytes, str) else item
        for key, item in event.items()
    }


class FileSeen:
    """A file as it was when it was sent, with a descriptor or without; and whether it is closed by now."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._text: str = codec.encode(file)["$object"]
        self._number: int | None = None
        self._error: Exception | None = None
        try:
            self._number = file.fileno()
        except Exception as error:
            self._error = error

    def fileno(self) -> int | None:
        """What the file's own fileno gave, or raised, at the time of the send."""
        if self._error is not None:
            raise self._error
        return self._number

    @property
    def closed(self) -> Any:
        """Whether the file is closed now."""
        return getattr(self._file, "closed", True)

    def __repr__(self) -> str:
        return self._text


def _walk(values: Iterable[Any]) -> list[Any]:
    items = []
    try:
        for item in values:
            items.append(item)
            if len(items) >= _ITEMS:
                break
    except Exception as error:  # the server would meet it while it reads the headers
        items.append(codec.Opaque(f"<raised {type(error).__name__}>"))
    return items


def twins(value: Any) -> tuple[Any, Any]:
    """What the scenario gives, twice: a copy for the app, and for the trace the scenario's own.

    The app gets containers and one-shot iterables anew, and every other object as it is; of such an object
    the trace gets a copy, since the app may change it.
    """
    kind = type(value)
    if kind in _ATOMS:
        return value, value
    if kind is dict:
        theirs, ours = value.copy(), value
        for key, item in value.items():
            kind = type(item)
            if kind in _ATOMS or (kind is tuple and _are_flat((item,))):
                continue
            if kind is dict and not item:
                theirs[key] = {}
                continue
            theirs[key], same = twins(item)
            if same is not item:
                ours = {**ours, key: same}
        return theirs, ours
    if kind is list:
        if _are_flat(value) or _ATOMIC(map(type, value)):
            return value[:], value
        return _many(value)
    if kind is tuple:
        if _ATOMIC(map(type, value)):
            return value, value
        theirs, ours = _many(value)
        return tuple(theirs), tuple(ours)
    if kind is bytearray:
        return bytearray(value), value
    if kind is codec.OneShot:
        theirs, ours = _many(value.items)
        return codec.OneShot(theirs), codec.OneShot(ours)
    return value, snapshot(value)


def _many(items: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    pairs = [twins(item) for item in items]
    return [first for first, _ in pairs], [second for _, second in pairs]


def text_of(value: object) -> str:
    """The str of an exception or object, cut at 500 characters; a broken one is told, not raised."""
    try:
        text = str.__str__(str(value))  # the text may be of a kind of its own
    except Exception as error:
        text = f"<{type(value).__name__}, whose str raises {type(error).__name__}>"
    return _ADDRESS.sub("", text)[:500]


def raised(error: BaseException, own: Callable[[BaseException], bool]) -> dict[str, Any]:
    """The data of a RAISE step: type, text, where, own, and for a group the text of its leaves.

    A group of one, as a task group makes it, is told as what is in it. Where the server's own error came from
    stands in the trace already: at the send. chained: another exception was made of it.
    """
    leaves = list(_leaves(error))
    ours = all(map(own, leaves))
    data: dict[str, Any] = {
        "type": type(error).__name__,
        "text": text_of(error),
        "where": [] if ours else frames(error.__traceback__),
        "own": ours,
    }
    if leaves != [error]:
        data["leaves"] = [f"{type(leaf).__name__}: {text_of(leaf)}" for leaf in leaves[:20]]
        if len(leaves) == 1:
            data["text"] = data["leaves"][0]
            data["where"] = [] if ours else cut([*data["where"], *frames(leaves[0].__traceback__)])
    if not data["own"] and all(own(leaf) or _chained(leaf, own) for leaf in leaves):
        data["chained"] = True
    return data


def _leaves(error: BaseException, depth: int = 0) -> Iterator[BaseException]:
    inner = getattr(error, "exceptions", None)
    if isinstance(error, BaseException) and type(inner) is tuple and inner and depth < _DEPTH:
        for part in inner:
            if isinstance(part, BaseException):
                yield from _leaves(part, depth + 1)
    else:
        yield error


def _chained(error: BaseException, own: Callable[[BaseException], bool]) -> bool:
    link: BaseException | None = error
    for _ in range(_DEPTH):
        link = (link.__cause__ or link.__context__) if link is not None else None
        if link is None:
            return False
        if own(link):
            return True
    return False


def frames(traceback: TracebackType | None) -> list[str]:
    """The frames of a traceback outside this package, as ``file.py:line name``; cut in the middle."""
    lines = []
    while traceback is not None:
        frame = traceback.tb_frame
        if not frame.f_globals.get("__name__", "").startswith(_OWN):
            lines.append(place(frame.f_code, traceback.tb_lineno))
        traceback = traceback.tb_next
    return cut(lines)


def stack(frame: Any) -> list[str]:
    """The frames of a running stack down to the loop or to this package, outermost first."""
    lines: list[str] = []
    while frame is not None and frame.f_code is not Handle._run.__code__:
        if not frame.f_globals.get("__name__", "").startswith(_OWN):
            lines.append(place(frame.f_code, frame.f_lineno))
        elif lines:
            break
        frame = frame.f_back
    return cut(lines[::-1])


def place(code: Any, line: int | None) -> str:
    """``file.py:line name``."""
    name = code.co_filename.replace("\\", "/").rpartition("/")[2]
    return f"{name}:{line} {getattr(code, 'co_qualname', code.co_name)}"


def cut(lines: list[str]) -> list[str]:
    """At most 30 lines."""
    return lines if len(lines) <= 30 else [*lines[:10], f"... {len(lines) - 30} more", *lines[-20:]]
