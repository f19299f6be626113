"""What several tasks of an app send at once: nothing is lost, doubled or torn. The order is open.

The text says nothing of sends that are under way at the same time. What is looked at are events of which any
order makes sense: messages of a WebSocket, and pieces of a body that are not its last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, TypeVar

from asgisim.model.trace import NOTE, SENT
from asgisim.wire.judging.asked import Asked
from asgisim.wire.judging.facts import Pair, Verdict, tells

AT_ONCE = "robust.sends-at-once"
BUFFERED = 65_536  # bytes that a server takes without the client's having read any
LIMIT = 1 << 20  # bytes of a message that a server takes; for more it may have a limit
MOST = 5000  # ways to order pieces that are tried

T = TypeVar("T")
Parts = Sequence[tuple[int, T]]  # in the order of the calls, each with its group (see facts.Try)


class TooMany(Exception):
    """There are more ways to order pieces than are tried."""


def is_odd(pair: Pair) -> bool:
    """Whether events were sent at once whose order counts, or that are wrong: anything may come of it."""
    groups = [one for one in pair.tries if one.group]
    wrong = any(not _is_free(one.event) or one.index in pair.app_faults for one in groups)
    return wrong or not all(map(_is_free, _under_way(pair)))


def _is_free(event: Any) -> bool:
    kind = event.get("type") if isinstance(event, dict) else None
    return kind == "websocket.send" or (kind == "http.response.body" and event.get("more_body") is True)


def _under_way(pair: Pair) -> list[Any]:
    """What was sent at once, and no call has come to an end with."""
    notes = [step.data for step in pair.of_kind(NOTE) if isinstance(step.data, dict)]
    return [note["sending"] for note in notes if "sending" in note and "together" in note]


def as_in(body: bytes, pieces: Parts[bytes]) -> list[bytes] | None:
    """The pieces in the order in which the body holds them, groups in any; None if it holds something else.

    Raises TooMany.
    """
    # What is left to place: the pieces of the first group that has any, and those behind it.
    open_: list[tuple[int, int, tuple[bytes, ...], tuple[bytes, ...]]] = []
    runs = [tuple(piece for _, piece in run) for run in _runs(pieces)]
    open_.append((0, 0, runs[0] if runs else (), ()))
    for _ in range(MOST):
        if not open_:
            return None
        at, turn, left, placed = open_.pop()
        if not left:
            if turn + 1 < len(runs):
                open_.append((at, turn + 1, runs[turn + 1], placed))
            elif at == len(body):
                return list(placed)
            continue
        for index in reversed(range(len(left))):
            piece = left[index]
            if piece not in left[:index] and body.startswith(piece, at):
                rest = (*left[:index], *left[index + 1 :])
                open_.append((at + len(piece), turn, rest, (*placed, piece)))
    raise TooMany


def as_seen(wanted: Parts[T], seen: Sequence[T]) -> list[T]:
    """The messages in the order in which they were seen, groups in any, as far as they were."""
    out: list[T] = []
    for run in _runs(wanted):
        left = [message for _, message in run]
        for message in seen[len(out) : len(out) + len(left)]:
            if message not in left:
                break
            left.remove(message)
            out.append(message)
        out += left
    return out


def _runs(parts: Parts[T]) -> list[list[tuple[int, T]]]:
    """Those of a group together, each of the others alone."""
    named = [(part[0] or -place - 1, part) for place, part in enumerate(parts)]
    return [[part for _, part in run] for _, run in groupby(named, key=lambda one: one[0])]


@tells(AT_ONCE)
def taken(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """send takes each, and comes to an end."""
    groups = [one for one in pair.tries if one.group]
    alone = [one for one in pair.tries if not one.group]
    if pair.connection.left or not pair.fair or any(one.error is not None for one in alone):
        return  # a refusal may be that of what follows, too
    for one in groups:
        # Whether the length that the app announced is that of its pieces is another matter.
        fine = _size([one.event]) <= LIMIT and not _has_length(pair)
        if one.error is not None and one.time <= pair.over and fine:
            about = f"send raised {one.error['type']}: {one.error['text'][:120]}"
            yield AT_ONCE, False, f"{about}, while another was under way"
            return
    waiting = _under_way(pair)
    if waiting and any(step.data == "blocked" for step in pair.of_kind(SENT)) and _size(waiting) < BUFFERED:
        yield AT_ONCE, False, f"{len(waiting)} of the sends at once did not end"


def _has_length(pair: Pair) -> bool:
    lines = [line for event in pair.of("http.response.start") for line in event.get("headers", ())]
    return any(bytes(name).lower() == b"content-length" for name, _ in lines)


def _size(events: Sequence[dict[str, Any]]) -> int:
    return sum(len(value) for event in events for value in event.values() if isinstance(value, bytes | str))


CHECKS = (taken,)
