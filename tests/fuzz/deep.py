# ruff: noqa: SIM102  a branch for each stage, as programs have that grew
"""Bugs that take several things in a row, which a sweep of single faults cannot reach: for measuring.

The first three take three steps or so, the others four to six.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

START, BODY = "http.response.start", "http.response.body"


REACHED: list[str] = []  # by whoever got to the bottom of a bug


class Deep(Exception):
    """The bottom of a bug."""

    def __init__(self) -> None:
        REACHED.append("reached")


async def _respond(send: Any, parts: int = 1) -> None:
    await send({"type": START, "status": 200, "headers": []})
    for _ in range(parts - 1):
        await send({"type": BODY, "body": b"part", "more_body": True})
    await send({"type": BODY, "body": b"end"})


def _now() -> float:
    return asyncio.get_running_loop().time()


async def slow_reader_gone(scope: Any, receive: Any, send: Any) -> None:
    """A send that waits for two seconds or more, and then the client is gone."""
    await receive()
    await send({"type": START, "status": 200, "headers": []})
    began = _now()
    await send({"type": BODY, "body": b"part", "more_body": True})
    if _now() - began >= 2:
        event = await receive()
        while event["type"] == "http.request":
            event = await receive()
        raise Deep
    await send({"type": BODY, "body": b"end"})


async def three_messages(scope: Any, receive: Any, send: Any) -> None:
    """Three messages of growing length."""
    await _grows(receive, send, 3)


async def five_messages(scope: Any, receive: Any, send: Any) -> None:
    """Five messages of growing length."""
    await _grows(receive, send, 5)


async def _grows(receive: Any, send: Any, depth: int) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    stage = 0
    last = -1
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            if stage >= depth:
                raise Deep
            return
        size = len(event.get("text") or event.get("bytes") or "")
        for step in _STEPS:  # a branch for each stage, as hand-written protocols have
            if stage == step and size > last:
                stage, last = stage + 1, size
                break
        else:
            stage, last = 0, -1


_STEPS = (0, 1, 2, 3, 4)


async def late_chunk_then_cancel(scope: Any, receive: Any, send: Any) -> None:
    """A part of the body that comes after five seconds, and then a cancel."""
    event = await receive()
    late = False
    while event["type"] == "http.request" and event.get("more_body"):
        began = _now()
        try:
            event = await receive()
        except asyncio.CancelledError:
            if late:
                raise Deep from None
            raise
        if _now() - began >= 5:
            late = True
    if event["type"] == "http.request":
        await _respond(send)


async def empty_second_of_three(scope: Any, receive: Any, send: Any) -> None:
    """Three parts of a body, the second of them empty; then a slow reader; then gone."""
    sizes = []
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        sizes.append(len(event.get("body", b"")))
        if not event.get("more_body"):
            break
    odd = False
    if len(sizes) >= 3:
        if sizes[1] == 0:
            if sizes[0]:
                odd = True
    await send({"type": START, "status": 200, "headers": []})
    began = _now()
    await send({"type": BODY, "body": b"part", "more_body": True})
    if odd:
        if _now() - began >= 2:
            event = await receive()
            raise Deep
    await send({"type": BODY, "body": b"end"})


async def two_gaps_then_cancel(scope: Any, receive: Any, send: Any) -> None:
    """A gap of 20 seconds in the body, then one of 5 to 20, and then a cancel."""
    stage = 0
    event = await receive()
    while event["type"] == "http.request" and event.get("more_body"):
        began = _now()
        try:
            event = await receive()
        except asyncio.CancelledError:
            if stage == 2:
                raise Deep from None
            raise
        gap = _now() - began
        if stage == 0:
            if gap >= 20:
                stage = 1
        elif stage == 1:
            if 5 <= gap < 20:
                stage = 2
    if event["type"] == "http.request":
        await _respond(send)


@dataclass(frozen=True)
class DeepBug:
    """An app with a bug, and the protocol it speaks."""

    name: str
    app: Callable[..., Any]
    protocol: str = "http"


DEEP = [
    DeepBug("slow reader, then gone", slow_reader_gone),
    DeepBug("three messages that grow", three_messages, "websocket"),
    DeepBug("a late part, then a cancel", late_chunk_then_cancel),
    DeepBug("an empty part of three, slow, then gone", empty_second_of_three),
    DeepBug("five messages that grow", five_messages, "websocket"),
    DeepBug("two gaps, then a cancel", two_gaps_then_cancel),
]
