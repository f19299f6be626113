"""What happened in a run over real sockets, on both sides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from asgisim.drive.wire.frames import Frame
from asgisim.drive.wire.http import Response
from asgisim.model import codec
from asgisim.model.trace import Trace

LIFESPAN = -1  # the exchange of a lifespan call that the scenario plays
STOPPING = "the server is told to stop"  # a note in the trace of that exchange

# The kinds of what the client did or saw.
CONNECTED = "connected"  # data: {"local", "peer"}, and with TLS "tls", as Secure.facts tells it
REFUSED = "refused"  # no connection; data: the error's text
REQUEST = "request"  # data: the dict of the request, and "raw", its bytes
WROTE = "wrote"  # data: bytes
FRAME_OUT = "frame-out"  # data: the dict of the frame, and "raw"
RESPONSE = "response"  # data: Response
FRAME = "frame"  # data: Frame
SEEN = "seen"  # a look without reading; data: {"contains", "data"}: what was looked for, what was there
NOTHING = "nothing"  # a read came to its bound; data: what was waited for
END = "end"  # the server ended the connection; data: "eof" or "reset"
HALF = "half"  # we ended our direction
CLOSED = "closed"  # we closed; data: "close" or "reset"
PUSH = "push"  # over HTTP/2: a promise; data: {"fields", "stream"}, the client number of what is promised
FINISHED = "finished"  # over HTTP/2: the body of the request was ended
EXTRA = "extra"  # at the end of the run: bytes that nobody read; data: bytes
UNMATCHED = "unmatched"  # a fact: a call whose connection is not known
IN_RECEIVE = ", which was in receive"  # ends the text of a cancellation, where it was
SKIPPED = "skipped"  # the step made no sense; data: why


class Heard(NamedTuple):
    """One thing on the client's side. time: seconds since the run began."""

    kind: str
    data: Any
    connection: int
    time: float


@dataclass(slots=True)
class Record:
    """Both sides of one run.

    app: the calls, as trace steps; a step's exchange is the call's index. client: the connections. pairs:
    which call belongs to which connection (call index to connection index), and ways says how that was found
    ("address", "header", "order" or "content": see asgisim.drive.wire.matching). unsure: the calls of which
    it was not found, with the connections that it may be. facts: what the driver saw beside: {"what",
    "detail"}: stuck, server-died, unexpected-call, unmatched. ends: when the server's end of a connection
    came, in seconds, read or not.
    """

    app: Trace = field(default_factory=Trace)
    client: list[Heard] = field(default_factory=list)
    pairs: dict[int, int] = field(default_factory=dict)
    ways: dict[int, str] = field(default_factory=dict)
    unsure: dict[int, tuple[int, ...]] = field(default_factory=dict)
    facts: list[dict[str, Any]] = field(default_factory=list)
    ends: dict[int, float] = field(default_factory=dict)
    log: str = ""
    root_path: str = ""  # under which the server was told that the app is mounted

    def of(self, connection: int, *kinds: str) -> list[Heard]:
        """What was heard on one connection, of these kinds (of all without)."""
        return [
            one for one in self.client if one.connection == connection and (not kinds or one.kind in kinds)
        ]

    def responses(self, connection: int = 0) -> list[Response]:
        """The responses on one connection, in order."""
        return [one.data for one in self.of(connection, RESPONSE)]

    def frames(self, connection: int = 0) -> list[Frame]:
        """The frames that came on one connection, in order."""
        return [one.data for one in self.of(connection, FRAME)]

    def to_json(self) -> dict[str, Any]:
        """``{"app": trace, "client": [[kind, data, connection, time]], "pairs", "facts"}``."""
        client = [
            [one.kind, codec.encode(_plain(one.data)), one.connection, round(one.time, 6)]
            for one in self.client
        ]
        return {
            "app": self.app.to_json(),
            "client": client,
            "pairs": [list(pair) for pair in self.pairs.items()],
            "facts": self.facts,
        }


def _plain(data: Any) -> Any:
    return data.to_json() if isinstance(data, Response | Frame) else data
