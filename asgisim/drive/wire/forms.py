"""What the argument of a step may hold: so that a scenario out of a file is refused, and does not fail later.

Only steps that a client plays have a form. What the app is told to send may be anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgisim.drive.wire.frames import OPCODES

Fits = Callable[[Any], bool]
Form = dict[str, tuple[str, Fits]]  # for each key: what is wanted, in words, and whether a value is that


def _is(kind: type, none: bool = False) -> Fits:
    return lambda value: type(value) is kind or (none and value is None)


def _pairs(value: Any) -> bool:
    return type(value) in (list, tuple) and all(
        type(pair) in (list, tuple) and len(pair) == 2 and all(type(one) is bytes for one in pair)
        for pair in value
    )


def _all_bytes(value: Any) -> bool:
    return type(value) in (list, tuple) and all(type(one) is bytes for one in value)


def _count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _opcode(value: Any) -> bool:
    return (type(value) is str and value in OPCODES) or (type(value) is int and 0 <= value <= 15)


BYTES = ("bytes", _is(bytes))
BYTES_OR_NONE = ("bytes or null", _is(bytes, none=True))
TRUTH = ("true or false", _is(bool))
PAIRS = ("a list of pairs of bytes", _pairs)
LIST = ("a list of bytes", _all_bytes)
SECONDS = ("seconds", lambda value: value is None or type(value) in (int, float))  # looked at elsewhere

CUT: Form = {
    "cuts": ("a list of offsets", lambda value: type(value) in (list, tuple) and all(map(_count, value))),
    "pause": SECONDS,
}
REQUEST: Form = {
    **dict.fromkeys(("method", "target", "version"), BYTES),
    **{"body": BYTES_OR_NONE, "host": BYTES_OR_NONE, "headers": PAIRS, "trailers": PAIRS, "open": TRUTH},
    "chunks": ("a list of bytes, or null", lambda value: value is None or _all_bytes(value)),
    **CUT,
}
HANDSHAKE: Form = {
    **REQUEST,
    **dict.fromkeys(("key", "ws_version", "extensions"), BYTES_OR_NONE),
    "subprotocols": LIST,
}
FRAME: Form = {
    "opcode": (f"one of {', '.join(OPCODES)}, or a number up to 15", _opcode),
    **{"data": BYTES, "fin": TRUTH, "mask": TRUTH},
    "rsv": ("a number from 0 to 7", lambda value: type(value) is int and 0 <= value <= 7),
    "size": ("1, 2 or 8", lambda value: value is None or (type(value) is int and value in (1, 2, 8))),
    "code": ("a number or null", _is(int, none=True)),
    "reason": ("text or bytes", lambda value: type(value) in (str, bytes)),
    **CUT,
}
BOUND: Form = {"bound": SECONDS}
FORMS: dict[str, Form] = {
    "send": {"data": BYTES, **CUT},
    "request": REQUEST,
    "handshake": HANDSHAKE,
    "frame": FRAME,
    "response": BOUND,
    "eof": BOUND,
    "frames": {"count": ("a number", _count), **BOUND},
    "see": {"contains": BYTES, **BOUND},
}
# What may stand in place of an object.
ALONE: dict[str, tuple[str, Fits]] = {
    "send": ("bytes", _is(bytes)),
    "frames": ("a number", _count),
}
_MOST = {1: 125, 2: 0xFFFF}  # bytes of a frame, by the bytes of its length


def check(act: str, arg: Any) -> tuple[str, str, Any] | None:
    """What is wrong with the argument of a client's step: where in it, what was expected, what is there."""
    form = FORMS.get(act)
    if form is None or arg is None:
        return None
    if act in ALONE and ALONE[act][1](arg):
        return None
    if not isinstance(arg, dict):
        also = f" or {ALONE[act][0]}" if act in ALONE else ""
        return "", f"an object{also}", arg
    for key, value in arg.items():
        if key not in form:
            return "", f"keys out of {', '.join(form)}", key
        words, fits = form[key]
        if not fits(value):
            return f".{key}", words, value
    if act == "send" and "data" not in arg:
        return "", "the key data", arg
    if act == "frame" and len(arg.get("data", b"")) > _MOST.get(arg.get("size") or 8, 1 << 62):
        return ".size", "room for the length of data", arg["size"]
    return None
