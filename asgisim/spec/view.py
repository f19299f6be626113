"""What is known of one exchange while it is judged, and the protocols with their machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from asgisim.spec.editions import Edition
from asgisim.spec.rules import Event, Rule
from asgisim.spec.table import Table


class View:
    """One exchange as the checks see it: the scope, what went each way so far, and the machines' states.

    ending is empty while the call lasts, then "returned", "raised", "cancelled" (the server cancelled
    it) or "stopped" (it hung and was stopped). gone: the client left or the connection was closed,
    whether or not the app was told. told: a disconnect was delivered. alone: no other exchange
    overlaps with this one. failed: how many sends raised the server's error; first_failed: how many had
    been made when the first of them did; own: the call ended with that very error. start: the first
    http.response.start. clean: no break by the server so far, so the app may be held to its duties. fair:
    no break by the app so far; a server may hang up on one that broke a rule.
    """

    __slots__ = (
        "alone",
        "clean",
        "edition",
        "ending",
        "error",
        "failed",
        "fair",
        "first_failed",
        "gone",
        "own",
        "protocol",
        "received",
        "receiving",
        "scope",
        "sending",
        "sent",
        "start",
        "told",
        "value",
    )

    def __init__(self, scope: Any, protocol: Protocol | None, edition: Edition) -> None:
        self.scope: Mapping[str, Any] = scope if isinstance(scope, dict) else {}
        self.protocol = protocol
        self.edition = edition
        self.receiving: Any = protocol.receive.start if protocol else None
        self.sending: Any = protocol.send.start if protocol else None
        self.received: list[Event] = []
        self.sent: list[Event] = []
        self.start: Event | None = None
        self.gone = False
        self.told = False
        self.alone = True
        self.clean = True
        self.fair = True
        self.ending = ""
        self.value: object = None
        self.error: str = ""
        self.failed = 0
        self.first_failed = 0
        self.own = False

    def offers(self, extension: str) -> bool:
        """Whether the scope lists this extension."""
        extensions = self.scope.get("extensions")
        return isinstance(extensions, dict) and extension in extensions

    def invents(self, kind: str, known: tuple[str, ...]) -> bool:
        """Whether an event type belongs to a listed extension that is not among the `known` ones.

        An extension fullflush may have events such as http.response.fullflush (main#extensions).
        """
        extensions = self.scope.get("extensions")
        return isinstance(extensions, dict) and any(
            kind == name or kind.startswith(f"{name}.") or kind.endswith(f".{name}")
            for name in extensions
            if isinstance(name, str) and name not in known
        )


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """One direction of one protocol: its table, and how an event becomes an input of it.

    read gives the input for an event, seen before the event is added to the view; None for an event
    that is no step of this machine. returns, raises and left are the inputs for the end of the call
    and for the client's leaving, where the machine has them. hears gives the input, if any, for an
    event of the other direction, seen after that event's own step. stuck names the rule that a call
    breaks which hangs in a state, where one says more than robust.hang.
    """

    name: str
    table: Table[Any, Any]
    start: Enum
    read: Callable[[Event, View], Enum | None]
    returns: Enum | None = None
    raises: Enum | None = None
    left: Enum | None = None
    hears: Callable[[Event], Enum | None] | None = None
    stuck: Mapping[Any, Rule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Protocol:
    """A protocol of the specification: what the server gives (receive) and what the app sends (send)."""

    name: str
    receive: Machine
    send: Machine
