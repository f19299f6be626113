"""Copies of what passes through: one for the trace, one for the app, so that neither alters the other."""

from __future__ import annotations

import re
from asyncio.events import Handle
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from types import TracebackType
from typing import Any

from asgisim import codec

_ATOMS = frozenset((str, bytes, int, bool, float, type(None)))
_ATOMIC, _TUPLES = _ATOMS.issuperset, frozenset((tuple,)).issuperset
_DEPTH = 40
_ITEMS = 10_000
_OWN = "asgisim.drive.sim"
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def snapshot(value: Any, depth: int = 0) -> Any:
    """A copy for the trace: containers copied, iterators walked into a codec.OneShot, the rest as it is."""
    kind = type(value)
    if kind in _ATOMS:
        return value
    if depth > _DEPTH:
        return codec.Opaque("...")
    if kind is dict:
        copy = value.copy()
        for key, item in value.items():
            if type(item) not in _ATOMS:
                copy[key] = snapshot(item, depth + 1)
        return copy
    if kind is list:
        if _TUPLES(map(type, value)) and _ATOMIC(map(type, chain.from_iterable(value))):
            return value[:]  # header pairs, most often: tuples of atoms are their own copies
        return [snapshot(item, depth + 1) for item in value]
    if kind is tuple:
        return value if _ATOMIC(map(type, value)) else tuple([snapshot(item, depth + 1) for item in value])
    if kind is bytearray:
        return bytearray(value)
    if kind is memoryview:
        return memoryview(bytes(value))
    if kind is codec.OneShot:
        return codec.OneShot(snapshot(value.items, depth + 1))
    if isinstance(value, str | bytes | int | float):
        return value  # such as http.HTTPStatus: its own type may matter to a check
    if isinstance(value, dict):
        return {key: snapshot(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [snapshot(item, depth + 1) for item in value]
    if isinstance(value, tuple):
        return tuple(snapshot(item, depth + 1) for item in value)
    if hasattr(value, "fileno"):
        return FileSeen(value)  # a file is iterable, but reading it is the server's affair
    if isinstance(value, Iterable):
        return codec.OneShot(snapshot(_walk(value), depth + 1))
    return codec.Opaque(codec.encode(value)["$object"])


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
    """Two copies of what the scenario gives: the first for the app, the second for the trace.

    The app gets containers and one-shot iterables anew, and every other object as it is.
    """
    kind = type(value)
    if kind in _ATOMS:
        return value, value
    if kind is dict:
        ours, theirs = value.copy(), value.copy()
        for key, item in value.items():
            if type(item) not in _ATOMS and not (type(item) is tuple and _ATOMIC(map(type, item))):
                theirs[key], ours[key] = twins(item)
        return theirs, ours
    if kind is list:
        if _TUPLES(map(type, value)) and _ATOMIC(map(type, chain.from_iterable(value))):
            return value[:], value[:]
        return _many(value)
    if kind is tuple:
        if _ATOMIC(map(type, value)):
            return value, value
        theirs, ours = _many(value)
        return tuple(theirs), tuple(ours)
    if kind is bytearray:
        return bytearray(value), bytearray(value)
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
        text = str(value)
    except Exception as error:
        text = f"<{type(value).__name__}, whose str raises {type(error).__name__}>"
    return _ADDRESS.sub("", text)[:500]


def raised(error: BaseException, own: Callable[[BaseException], bool]) -> dict[str, Any]:
    """The data of a RAISE step: type, text, where, own, and for a group the text of its leaves.

    A group of one, as a task group makes it, is told as what is in it. chained: another exception was
    made of the server's own send error.
    """
    leaves = list(_leaves(error))
    data: dict[str, Any] = {
        "type": type(error).__name__,
        "text": text_of(error),
        "where": frames(error.__traceback__),
        "own": all(map(own, leaves)),
    }
    if leaves != [error]:
        data["leaves"] = [f"{type(leaf).__name__}: {text_of(leaf)}" for leaf in leaves[:20]]
        if len(leaves) == 1:
            data["text"] = data["leaves"][0]
            data["where"] = cut([*data["where"], *frames(leaves[0].__traceback__)])
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
