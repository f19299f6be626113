"""What happened, in order: the one thing that every driver writes and every judge reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from asgisim.model import codec

# The kinds of steps. Who does it stands in brackets.
SCOPE = "scope"  # [server] calls the app; data: the scope
WAIT = "wait"  # [app] called receive and nothing was there yet; data: None
RECEIVE = "receive"  # [server] receive gives an event; data: the event
SEND = "send"  # [app] calls send; data: the event as handed over (one-shot iterables as codec.OneShot)
SENT = "sent"  # [server] that send did not end at once: data: "blocked", "resumed" or the error's text
LEFT = "left"  # [client] went away; data: how ("closed", "lost", {"code": 1001, "reason": ""})
RETURN = "return"  # [app] the call returned; data: the value
RAISE = "raise"  # [app] the call raised; data: {"type", "text", "where": [frames], "own": bool}
CANCEL = "cancel"  # [server] cancels the call; data: why
FACT = "fact"  # [driver] saw what no event tells; data: {"rule": "robust.hang", "detail", "where": [...]}
NOTE = "note"  # [driver] a remark for the reader, judged by nobody

KINDS = (SCOPE, WAIT, RECEIVE, SEND, SENT, LEFT, RETURN, RAISE, CANCEL, FACT, NOTE)


class Step(NamedTuple):
    """One step of a trace.

    kind: one of KINDS. data: as the kind says. exchange: which of the scenario's exchanges, by index.
    time: virtual seconds since the scenario began.
    """

    kind: str
    data: Any
    exchange: int = 0
    time: float = 0.0


@dataclass(slots=True)
class Trace:
    """The steps of one scenario's run, over all of its exchanges."""

    steps: list[Step] = field(default_factory=list)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def exchanges(self) -> list[int]:
        """The indexes of the exchanges that occur, in order of their first step."""
        return list(dict.fromkeys(step.exchange for step in self.steps))

    def to_json(self) -> list[Any]:
        """A JSON list of ``[kind, data, exchange, time]``."""
        return [
            [step.kind, codec.encode(step.data), step.exchange, round(step.time, 6)] for step in self.steps
        ]

    @classmethod
    def from_json(cls, data: Any) -> Trace:
        """The inverse of to_json. Raises ValueError for data of another shape."""
        if not isinstance(data, list):
            raise ValueError(f"expected a list of steps, but got {type(data).__name__}")
        return cls([_step(item, index) for index, item in enumerate(data)])


def _step(item: Any, index: int) -> Step:
    if not (isinstance(item, list) and 2 <= len(item) <= 4 and item[0] in KINDS):
        raise ValueError(f"step {index}: expected [kind, data, exchange, time], but got {repr(item)[:200]}")
    kind, data, exchange, time = [*item, 0, 0.0][:4] if len(item) == 2 else [*item, 0.0][:4]
    number = type(time) in (int, float) and abs(time) < 1e12
    if type(exchange) is not int or exchange < 0 or not number:
        raise ValueError(
            f"step {index}: expected an int and a number after the data, but got {repr(item[2:])[:200]}"
        )
    return Step(kind, codec.decode(data), exchange, float(time))


def snapshot(value: Any) -> Any:
    """A copy of a live scope or event that later changes do not reach: lists and dicts three levels deep.

    A one-shot ``headers`` or ``links`` is walked, into a codec.OneShot that can be walked again. Other values
    are kept as they are.
    """
    if type(value) is not dict:
        return value
    return {key: _one_shot(item) if key in _MAY_BE_ONE_SHOT else _copied(item) for key, item in value.items()}


_MAY_BE_ONE_SHOT = ("headers", "links")


def _one_shot(item: Any) -> Any:
    return codec.OneShot(list(item)) if hasattr(item, "__next__") else _copied(item)


def _copied(item: Any, depth: int = 2) -> Any:
    if depth == 0:
        return item
    if type(item) is list:
        return [_copied(one, depth - 1) for one in item]
    if type(item) is dict:
        return {key: _copied(one, depth - 1) for key, one in item.items()}
    return item
