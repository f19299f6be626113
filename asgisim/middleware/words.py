"""Words out of a middleware's own code: the media types and header names that it may look for.

A middleware for MessagePack does nothing unless a request says MessagePack. What it compares with stands
in its code as a constant, so its modules are looked through for constants that read like a media type or
the name of a header.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from asgisim.middleware.exchanges import SWITCHES, Switch

_MEDIA = re.compile(r"(application|text|image|audio|video|multipart)/[a-z0-9.+-]+", re.IGNORECASE)
_NAME = re.compile(r"[a-z]+(-[a-z0-9]+)+", re.IGNORECASE)
# How a message is framed and the connection used is the server's; these would be lies.
_SERVERS = re.compile(
    r"content-(length|encoding)|transfer-encoding|proxy-connection|keep-alive|sec-websocket-.*"
    r"|access-control-(?!request).*|utf-.*|iso-.*|latin-.*|us-ascii",
    re.IGNORECASE,
)
_DEEP = 3
_MANY = 8  # of either kind
_MODULES = 12


def switches(made: Any) -> list[Switch]:
    """Groups of headers that the middleware's code names, in order; those that are tried anyway left out."""
    known = {name for switch in SWITCHES for name, _ in switch}
    kinds: set[str] = set()
    names: set[str] = set()
    for module in _modules(made):
        for word in _words(module):
            if _MEDIA.fullmatch(word):
                kinds.add(word.lower())
            elif _NAME.fullmatch(word) and not _SERVERS.fullmatch(word):
                names.add(word.lower())
    found: list[Switch] = []
    for kind in sorted(kinds - {"application/json", "text/plain"})[:_MANY]:
        found += [((b"content-type", kind.encode()),), ((b"accept", kind.encode()),)]
    wanted = (name.encode() for name in sorted(names))
    found += [((name, b"1"),) for name in [name for name in wanted if name not in known][:_MANY]]
    return found


def _modules(made: Any) -> list[ModuleType]:
    """The modules of the middleware and of what it holds, but for ours and the standard library's."""
    found: dict[str, ModuleType] = {}
    todo: list[tuple[Any, int]] = [(made, 0)]
    seen: set[int] = set()
    while todo and len(found) < _MODULES:
        one, depth = todo.pop(0)
        if id(one) in seen or depth > _DEEP:
            continue
        seen.add(id(one))
        name = _home(one)
        if name.partition(".")[0] == "asgisim" or name.partition(".")[0] in sys.stdlib_module_names:
            continue
        module = sys.modules.get(name)
        if module is not None:
            found[name] = module
        todo += [(held, depth + 1) for held in _held(one)]
    return list(found.values())


def _home(one: Any) -> str:
    plain = isinstance(one, type | FunctionType | MethodType)
    return str(getattr(one if plain else type(one), "__module__", "") or "")


def _held(one: Any) -> Iterator[Any]:
    """What an object or a function holds on to."""
    if isinstance(one, MethodType):
        yield from (one.__func__, one.__self__)
    elif isinstance(one, FunctionType):
        for cell in one.__closure__ or ():
            try:
                yield cell.cell_contents
            except ValueError:  # not filled yet
                continue
        yield from (one.__globals__[name] for name in one.__code__.co_names if name in one.__globals__)
    else:
        held = getattr(one, "__dict__", None)
        if isinstance(held, dict):
            yield from list(held.values())
        elif not isinstance(one, type):
            yield type(one)


def _words(module: ModuleType) -> Iterator[str]:
    """The constants in a module: in its functions and methods, and of its own."""
    for value in list(vars(module).values()):
        if isinstance(value, str | bytes):
            yield _text(value)
        elif isinstance(value, list | tuple | set | frozenset | dict):
            yield from (_text(item) for item in value if isinstance(item, str | bytes))
        elif getattr(value, "__module__", None) == module.__name__:
            yield from _in_code(value)


def _in_code(value: Any) -> Iterator[str]:
    if isinstance(value, type):
        for member in list(vars(value).values()):
            inside = getattr(member, "__func__", member)
            if isinstance(inside, FunctionType):
                yield from _in_function(inside)
            elif isinstance(inside, str | bytes):
                yield _text(inside)
    elif isinstance(value, FunctionType):
        yield from _in_function(value)


def _in_function(function: FunctionType) -> Iterator[str]:
    """Constants, and what stands for an argument that is not given: a setting, often."""
    yield from _constants(function.__code__)
    for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
        if isinstance(default, str | bytes):
            yield _text(default)
        elif isinstance(default, tuple | list | frozenset | set):
            yield from (_text(item) for item in default if isinstance(item, str | bytes))


def _constants(code: CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _constants(constant)
        elif isinstance(constant, str | bytes):
            yield _text(constant)
        elif isinstance(constant, tuple | frozenset):
            yield from (_text(item) for item in constant if isinstance(item, str | bytes))


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
