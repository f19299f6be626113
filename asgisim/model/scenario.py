"""What our side will do in a run, as plain data: scopes, scripts and options.

A scenario is one or more exchanges. An exchange is a scope, a script and a few options. A script is
a list of steps ``[gate, n, act, arg]``: a step is armed when the one before it has fired, and fires at
the n-th event of its gate since then; ``n == 0`` means at once. Any list of steps is a legal script:
acts that make no sense where they fire do nothing, and a step whose gate can no longer open is forced.

Gates: ``recv`` the app calls receive; ``send`` it has sent an event; ``presend`` it is about to (the
act comes first, so that this very send sees it); ``idle`` nothing can run; ``tick`` the scheduler has
made a pass; ``sleep`` n virtual seconds have gone by.

Acts: ``event`` makes an event available to receive, unless the protocol forbids it now; ``force``
makes it available even so (a server that breaks a rule). ``disconnect`` the client goes away: arg is
None, or for WebSocket ``{"code", "reason"}`` for a close frame and None for a lost socket. ``block`` and
``unblock``: send waits, as for a slow reader. ``cancel``: the server cancels the call. ``shutdown``: the
server stops: lifespan exchanges get lifespan.shutdown, the others lose their client.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from asgisim.model import codec, notation

GATES = ("recv", "send", "presend", "idle", "tick", "sleep")
ACTS = ("event", "force", "disconnect", "block", "unblock", "cancel", "shutdown")
MOST_EXCHANGES = 64


class Act(NamedTuple):
    """One step of a script: when (gate, n) and what (act, arg)."""

    gate: str
    n: int
    act: str
    arg: Any = None


@dataclass(slots=True)
class Options:
    """How the server of an exchange behaves, where the specification leaves a choice.

    late_send: what send does once the client has gone: "raise" (the server's own OSError), "ignore",
    or "auto" (raise from spec_version 2.4 on, as the text has it). passes: extra scheduler passes in
    each receive and send, 0 to 8. start: the exchange starts after this many steps of the one before
    (0: when that one has ended), so exchanges may overlap.
    """

    late_send: str = "auto"
    passes: int = 0
    start: int = 0

    def to_json(self) -> dict[str, Any]:
        """Only what differs from the defaults."""
        plain = Options()
        return {
            name: getattr(self, name)
            for name in self.__slots__
            if getattr(self, name) != getattr(plain, name)
        }

    @classmethod
    def from_json(cls, data: Any, where: str = "options") -> Options:
        """Read and check; raises ValueError that names the key and what was expected."""
        _expect(isinstance(data, dict), where, "an object", data)
        options = cls()
        for key, value in data.items():
            if key == "late_send":
                _expect(
                    value in ("auto", "raise", "ignore"), f"{where}.late_send", "auto, raise or ignore", value
                )
            elif key in ("passes", "start"):
                limit = 8 if key == "passes" else 1000
                _expect(type(value) is int and 0 <= value <= limit, f"{where}.{key}", f"0 to {limit}", value)
            else:
                raise ValueError(f"{where}: expected late_send, passes or start, but got the key {key!r}")
            setattr(options, key, value)
        return options


@dataclass(slots=True)
class Exchange:
    """One call of the app: the scope it gets, what our side then does, and how the server behaves."""

    scope: dict[str, Any]
    script: list[Act] = field(default_factory=list)
    options: Options = field(default_factory=Options)

    @property
    def protocol(self) -> str:
        """The scope's type, or an empty str where it has none that is a str."""
        kind = self.scope.get("type")
        return kind if isinstance(kind, str) else ""

    def to_json(self) -> dict[str, Any]:
        """``{"scope", "script", "options"}``; empty options are left out."""
        data: dict[str, Any] = {
            "scope": codec.encode(self.scope),
            "script": [
                [act.gate, act.n, act.act, codec.encode(act.arg)]
                if act.arg is not None
                else [act.gate, act.n, act.act]
                for act in self.script
            ],
        }
        options = self.options.to_json()
        return {**data, "options": options} if options else data

    @classmethod
    def from_json(cls, data: Any, where: str = "exchange") -> Exchange:
        """Read and check; raises ValueError that names the key and what was expected."""
        _expect(isinstance(data, dict), where, "an object", data)
        for key in data:
            _expect(key in ("scope", "script", "options"), where, "scope, script or options", key)
        _expect("scope" in data, where, "the key scope", sorted(data))
        scope = codec.decode(data["scope"])
        _expect(isinstance(scope, dict), f"{where}.scope", "an object", data["scope"])
        steps = data.get("script", [])
        _expect(isinstance(steps, list), f"{where}.script", "a list", steps)
        script = [_act(step, f"{where}.script[{index}]") for index, step in enumerate(steps)]
        return cls(scope, script, Options.from_json(data.get("options", {}), f"{where}.options"))


@dataclass(slots=True, repr=False)
class Scenario:
    """All exchanges of a run, in order. A leading lifespan exchange spans the ones after it.

    Its repr can be pasted back: ``Scenario.parse("http GET /", "recv 0 event http.request")``.
    """

    exchanges: list[Exchange]

    def __repr__(self) -> str:
        lines = "".join(f"    {line!r},\n" for line in self.lines())
        return f"Scenario.parse(\n{lines})"

    def lines(self) -> list[str]:
        """The text notation, a line each: see `asgisim.model.notation`."""
        return [
            line
            for exchange in self.exchanges
            for line in notation.write_exchange(exchange.scope, exchange.options.to_json(), exchange.script)
        ]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """The same for Hypothesis and IPython, which would list a dataclass's fields."""
        for number, line in enumerate(repr(self).splitlines()):
            if number:
                printer.break_()
            printer.text(line)

    @classmethod
    def parse(cls, *lines: str) -> Scenario:
        """Read the text notation, a line each. Raises ValueError that says where and what was expected."""
        told = notation.read_exchanges(lines)
        _expect(bool(told), "scenario", "a line that begins with http, websocket, lifespan or scope", lines)
        _expect(len(told) <= MOST_EXCHANGES, "scenario", f"1 to {MOST_EXCHANGES} exchanges", len(told))
        return cls(
            [
                Exchange(
                    scope,
                    [_checked(act, f"exchange {number}, step {at}") for at, act in enumerate(script)],
                    Options.from_json(options),
                )
                for number, (scope, options, script) in enumerate(told)
            ]
        )

    def to_json(self) -> dict[str, Any]:
        """The one exchange itself, or ``{"exchanges": [...]}`` for several."""
        if len(self.exchanges) == 1:
            return self.exchanges[0].to_json()
        return {"exchanges": [exchange.to_json() for exchange in self.exchanges]}

    @classmethod
    def from_json(cls, data: Any, where: str = "scenario") -> Scenario:
        """Read and check either form; raises ValueError that names the key and what was expected."""
        _expect(isinstance(data, dict), where, "an object", data)
        if "exchanges" not in data:
            return cls([Exchange.from_json(data, where)])
        _expect(len(data) == 1, where, "exchanges and no other key", sorted(data))
        items = data["exchanges"]
        number = isinstance(items, list) and 0 < len(items) <= MOST_EXCHANGES
        _expect(number, f"{where}.exchanges", f"1 to {MOST_EXCHANGES} exchanges", items)
        return cls(
            [Exchange.from_json(item, f"{where}.exchanges[{index}]") for index, item in enumerate(items)]
        )


def _act(step: Any, where: str) -> Act:
    shape = "[gate, n, act] or [gate, n, act, arg]"
    _expect(isinstance(step, list) and len(step) in (3, 4), where, shape, step)
    gate, n, act = step[:3]
    return _checked((gate, n, act, codec.decode(step[3]) if len(step) == 4 else None), where)


def _checked(step: tuple[Any, Any, Any, Any], where: str) -> Act:
    gate, n, act, arg = step
    _expect(gate in GATES, where, f"a gate out of {', '.join(GATES)}", gate)
    _expect(type(n) is int and 0 <= n <= 1_000_000, where, "n as an int from 0 to 1000000", n)
    _expect(act in ACTS, where, f"an act out of {', '.join(ACTS)}", act)
    if act in ("event", "force"):
        _expect(isinstance(arg, dict) or act == "force", where, "an event (an object) as arg", arg)
    return Act(gate, n, act, arg)


def _expect(holds: bool, where: str, wanted: str, got: Any) -> None:
    if not holds:
        shown = repr(got)
        raise ValueError(f"{where}: expected {wanted}, but got {shown[:200]}")
