"""What the client and the application do in one run against a server: one ordered list, as plain data.

A step is ``[who, number, act, arg]``. who is ``client`` (number: which connection), ``app`` (number: which
call, in order of their coming), ``lifespan`` or ``server`` (number 0). Steps are done one after the other,
each when the one before has come to its end or its bound; so "the client resets, then the app sends" is
said, not hoped for. Any list of steps is legal: a step that makes no sense where it stands does nothing and
leaves a note.

Client acts: ``send`` bytes, or ``{"data", "cuts", "pause"}``; ``request``, a dict as http.compose takes it
(and cuts, pause); ``handshake``, a request with ``key``, ``ws_version``, ``subprotocols``; ``response``
reads one; ``frame`` a dict as frames.compose takes it, or ``{"opcode": "close", "code", "reason"}``;
``frames`` reads up to ``count`` frames, or until a close frame; ``see`` looks at what has come, once it
holds ``contains``, and reads nothing; ``eof`` waits for the end; ``half`` ends our direction; ``close``,
``reset``; ``wait`` seconds. App acts: ``called`` waits for the call; ``receive``, with ``{"future": True}``
through asyncio.wait; ``body`` receives until the request is whole; ``send`` an event or a list of events,
one after the other; ``together`` sends a list of events at once, each from a task of its own; ``return``;
``raise``; ``wait``; ``put`` a value into the scope; ``look``; ``cancel``. Server acts: ``stop``. Reading
acts take ``{"bound": seconds}``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from asgisim.drive.wire import forms
from asgisim.model import codec

ACTS: dict[str, tuple[str, ...]] = {
    "client": (
        *("send", "request", "handshake", "response", "frame", "frames", "eof", "see"),
        *("half", "close", "reset", "wait"),
    ),
    "app": (
        *("called", "receive", "body", "send", "together", "return", "raise", "wait", "put", "look"),
        "cancel",
    ),
    "lifespan": ("called", "receive", "send", "return", "raise", "wait", "put", "look", "cancel"),
    "server": ("stop",),
}
MOST_STEPS = 10_000
SERVED = {"root_path": str, "tls": bool, "uds": bool}  # options of asgisim.servers.start


class Step(NamedTuple):
    """One step: who does it, which one of them, what, and with what."""

    who: str
    number: int
    act: str
    arg: Any = None


@dataclass(slots=True)
class WireScenario:
    """One run: its steps, and the bound in seconds for steps that have none of their own.

    served: how the server is started, where not as the others are, out of SERVED.
    """

    steps: list[Step] = field(default_factory=list)
    bound: float = 2.0
    http2: bool = False  # the clients are streams of one connection, see asgisim.drive.wire.streams
    served: dict[str, Any] = field(default_factory=dict)

    @property
    def lifespan(self) -> bool:
        """Whether the scenario plays the lifespan itself, so that it needs a server of its own."""
        return any(step.who in ("lifespan", "server") for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """``{"wire": [[who, number, act, arg], ...], "bound", "http2", "served"}``; defaults are left out."""
        steps = [
            [step.who, step.number, step.act, *([codec.encode(step.arg)] if step.arg is not None else [])]
            for step in self.steps
        ]
        bound = {"bound": self.bound} if self.bound != 2.0 else {}
        rest = {"http2": True} if self.http2 else {}
        return {"wire": steps, **bound, **rest, **({"served": self.served} if self.served else {})}

    @classmethod
    def from_json(cls, data: Any, where: str = "scenario") -> WireScenario:
        """Read and check; raises ValueError that names the key and what was expected."""
        _expect(isinstance(data, dict), where, "an object", data)
        for key in data:
            _expect(key in ("wire", "bound", "http2", "served"), where, "wire, bound, http2 or served", key)
        steps = data.get("wire")
        _expect(
            isinstance(steps, list) and len(steps) <= MOST_STEPS, f"{where}.wire", "a list of steps", steps
        )
        bound = data.get("bound", 2.0)
        number = isinstance(bound, int | float) and not isinstance(bound, bool)
        _expect(number and 0 < bound <= 600, f"{where}.bound", "seconds above 0 up to 600", bound)
        http2 = data.get("http2", False)
        _expect(isinstance(http2, bool), f"{where}.http2", "true or false", http2)
        made = [_step(step, f"{where}.wire[{index}]") for index, step in enumerate(steps)]
        served = data.get("served", {})
        fits = isinstance(served, dict) and all(type(served[key]) is SERVED.get(key) for key in served)
        _expect(fits, f"{where}.served", f"an object with {', '.join(SERVED)}", served)
        return cls(made, float(bound), http2, served)

    def changed(self, steps: list[Step] | None = None, bound: float | None = None) -> WireScenario:
        """The same with other steps, or another bound."""
        return WireScenario(
            self.steps if steps is None else steps,
            self.bound if bound is None else bound,
            self.http2,
            self.served,
        )


def _step(data: Any, where: str) -> Step:
    shape = "[who, number, act] or [who, number, act, arg]"
    _expect(isinstance(data, list) and len(data) in (3, 4), where, shape, data)
    who, number, act = data[:3]
    _expect(isinstance(who, str) and who in ACTS, where, f"one of {', '.join(ACTS)}", who)
    _expect(type(number) is int and 0 <= number < 1000, where, "a number from 0 to 999", number)
    _expect(isinstance(act, str) and act in ACTS[who], where, f"an act out of {', '.join(ACTS[who])}", act)
    arg = codec.decode(data[3]) if len(data) == 4 else None
    wrong = forms.check(act, arg) if who == "client" else _app_form(act, arg)
    if wrong is not None:
        _expect(False, f"{where}: {who} {act}{wrong[0]}", wrong[1], wrong[2])
    told: dict[Any, Any] = arg if isinstance(arg, dict) else {}
    times: dict[str, Any] = {"wait": arg if act == "wait" else 0, **{key: told.get(key) for key in _TIMES}}
    for name, seconds in times.items():
        held = seconds is None or (type(seconds) in (int, float) and 0 <= seconds <= 600)
        _expect(held, where, f"{name}: seconds from 0 to 600", seconds)
    return Step(who, number, act, arg)


def _app_form(act: str, arg: Any) -> tuple[str, str, Any] | None:
    """As forms.check, for what an app is told. Events may be anything."""
    if act == "put" and not (
        isinstance(arg, list | tuple) and len(arg) == 2 and isinstance(arg[0], list | tuple) and arg[0]
    ):
        return "", "[path of keys, value]", arg
    if act == "together" and not isinstance(arg, list):
        return "", "a list of events", arg
    error = arg.get("error", "") if isinstance(arg, dict) else arg
    if act == "raise" and error is not None and not isinstance(error, str):
        return "", "the name of an exception", error
    return None


_TIMES = ("pause", "bound")


def _expect(holds: bool, where: str, wanted: str, got: Any) -> None:
    if not holds:
        raise ValueError(f"{where}: expected {wanted}, but got {repr(got)[:200]}")
