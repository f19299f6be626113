"""Where something waits: the chain of awaits, through coroutines, generators and asynchronous generators."""

from __future__ import annotations

import gc
from typing import Any

from asgisim.drive.sim.snapshot import cut, place

_OWN = "asgisim.drive.sim"
_LINKS = (("cr_frame", "cr_await"), ("gi_frame", "gi_yieldfrom"), ("ag_frame", "ag_await"))


def await_chain(awaitable: Any) -> list[str]:
    """The frames from the outermost coroutine to what it waits for, as ``file.py:line name``."""
    lines: list[str] = []
    seen: set[int] = set()
    current = awaitable
    while current is not None and id(current) not in seen and len(lines) < 500:
        seen.add(id(current))
        for frame_name, link in _LINKS:
            frame = getattr(current, frame_name, None)
            if frame is not None:
                if not frame.f_globals.get("__name__", "").startswith(_OWN):
                    lines.append(place(frame.f_code, frame.f_lineno))
                current = getattr(current, link, None)
                break
        else:
            current = _behind(current)
    return cut(lines)


def _behind(current: Any) -> Any:
    """What an object without public links awaits, such as an asynchronous generator's asend."""
    name = type(current).__name__
    if name not in (
        "async_generator_asend",
        "async_generator_athrow",
        "coroutine_wrapper",
        "anext_awaitable",
    ):
        return None
    for inner in gc.get_referents(current):
        if any(hasattr(inner, link) for _, link in _LINKS) or type(inner).__name__.startswith(
            "async_generator_"
        ):
            return inner
    return None
