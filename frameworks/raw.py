"""A scope given back as it came: exact types and bytes, so that no framework's helper can tidy them up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

DEPTH = 6  # deeper than any value of the specification; a framework's own object may hold itself


def report_scope(scope: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a scope into JSON data: key to raw value, see ``raw``. Keys that are not str are left out."""
    return {key: raw(value) for key, value in sorted(scope.items()) if type(key) is str}


def raw(value: Any, depth: int = DEPTH) -> Any:
    """One value as JSON data that keeps its exact type.

    None, bool, int, float, str and list stand for themselves. bytes are ``{"hex": "6869"}``, a tuple
    is ``{"tuple": [...]}``, a dict is ``{"dict": {...}}``; all else, subclasses too, is
    ``{"object": "TypeName"}``.
    """
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is bytes:
        return {"hex": value.hex()}
    if depth > 0 and kind is list:
        return [raw(item, depth - 1) for item in value]
    if depth > 0 and kind is tuple:
        return {"tuple": [raw(item, depth - 1) for item in value]}
    if depth > 0 and kind is dict:
        return {"dict": {str(key): raw(item, depth - 1) for key, item in sorted(value.items(), key=_name)}}
    return {"object": kind.__name__}


def _name(item: tuple[Any, Any]) -> str:
    return str(item[0])


def dumps(data: Any) -> str:
    """JSON as ASCII text: a lone surrogate in a path must not break the answer."""
    return json.dumps(data, ensure_ascii=True, sort_keys=True)
