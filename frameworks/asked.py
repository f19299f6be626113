"""What a request asks for by its parameters, in range: no app may break a rule because it was told to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from asgisim.frameworks import contract

REASON_LIMIT = 123  # bytes of UTF-8 that fit into a close frame
DEPTH_LIMIT = 64  # levels of JSON that every framework writes


def number(text: str | None, default: float, limit: float) -> float:
    """The text as a number from 0 to limit; the default if there is none or it is not one."""
    try:
        value = float(text) if text else default
    except ValueError:
        return default
    return min(max(value, 0.0), limit) if value == value else default


def size(text: str | None) -> int:
    """How many bytes ``/large`` answers with."""
    return int(number(text, contract.LARGE_DEFAULT, contract.LARGE_LIMIT))


def seconds(text: str | None) -> float:
    """How long ``/delay`` waits."""
    return number(text, contract.DELAY_DEFAULT, contract.DELAY_LIMIT)


def status(text: str) -> int | None:
    """The status of ``/status/{code}``, or None if it is no final status (200 to 599)."""
    return (
        int(text)
        if text.isascii() and text.isdigit() and len(text) == 3 and 200 <= int(text) <= 599
        else None
    )


def close_code(text: str | None) -> int:
    """A code that an endpoint may send in a close frame; 1000 for anything else."""
    code = int(number(text, 1000, 4999))
    sendable = 1000 <= code <= 1014 and code not in (1004, 1005, 1006)
    return code if sendable or 3000 <= code <= 4999 else 1000


def close_reason(text: str | None) -> str:
    """A reason that fits into a close frame, cut at a character."""
    return (text or "").encode("utf-8", "replace")[:REASON_LIMIT].decode("utf-8", "ignore")


def strict_json(value: Any) -> Any:
    """The value, if it can be written as JSON in UTF-8 and is not nested too deeply.

    Python reads ``NaN``, ``1e999`` and lone surrogates as JSON, but they cannot be written again: an app
    that gives back what it got has to refuse them. Raises ValueError.
    """
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEPTH_LIMIT:
            raise ValueError(f"nested more than {DEPTH_LIMIT} levels deep")
        level = [item for one in level for item in _inside(one)]
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    return value


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
