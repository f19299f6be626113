"""A run over HTTP/2: the clients of the scenario are streams of one connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgisim.drive.wire import record
from asgisim.drive.wire.course import Course
from asgisim.drive.wire.http import Headers
from asgisim.drive.wire.http2 import MARK, Link, Stream
from asgisim.drive.wire.script import Step, WireScenario

if TYPE_CHECKING:
    from asgisim.drive.wire.play import Session

PER_LINK = 100  # client numbers that share a connection: 0 to 99 the first, 100 to 199 the second
PUSHED = 50  # from this number on: the streams that the server promises on the first connection


class StreamsCourse(Course):
    """As Course. An act of a client is one of its stream: `request` opens it, `reset` resets it, `half` ends
    the request's body where the request left it `open`, `close` closes the connection for all."""

    def __init__(self, session: Session, scenario: WireScenario) -> None:
        super().__init__(session, scenario)
        self.links: dict[int, Link] = {}
        self._promised = 0

    def _look_ahead(self, step: Step, following: list[Step] | None) -> None:
        """Nothing: a call that has its orders may bring another before it is heard of itself."""

    def _connect(self, index: int) -> Any:
        number = index // PER_LINK
        if number not in self.links:
            try:
                self.links[number] = self.session.connect_http2()
            except OSError as error:
                self._heard(record.REFUSED, str(error), index)
                return None
            self.links[number].on_push = self._pushed
        stream = Stream(self.links[number])
        self._begin(stream, index)
        return stream

    def _begin(self, stream: Stream, index: int) -> None:
        self.clients[index] = stream  # type: ignore[assignment]
        told: dict[str, Any] = {"local": stream.local, "peer": stream.peer, "http2": True}
        told.update({"tls": stream.secure.facts()} if stream.secure else {})
        self._heard(record.CONNECTED, told, index)

    def _pushed(self, parent: Stream, promised: Stream, fields: Headers) -> None:
        """The server promises an answer to a request that it makes up itself."""
        index, self._promised = PUSHED + self._promised, self._promised + 1
        own = next(number for number, one in self.clients.items() if one is parent)  # type: ignore[comparison-overlap]
        self._heard(record.PUSH, {"fields": fields, "stream": index}, own)
        self._begin(promised, index)
        named = dict(fields)
        told = {
            "method": named.get(b":method", b""),
            "target": named.get(b":path", b""),
            "host": named.get(b":authority"),
            "headers": [line for line in fields if line[0][:1] != b":"],
        }
        self._heard(record.REQUEST, {**told, "raw": b"", "http2": True, "fields": fields}, index)

    def _marks(self, scope: Any) -> set[int]:
        """The streams that the header names which each request has, and which the server hands on."""
        headers = scope.get("headers") if isinstance(scope, dict) else None
        try:
            return {int(value) for name, value in headers or () if bytes(name).lower() == MARK}
        except (TypeError, ValueError):
            return set()

    def _client_request(self, client: Any, index: int, arg: Any) -> None:
        told: dict[str, Any] = dict(arg or {})
        if client.id:
            self._heard(record.SKIPPED, "a stream has one request", index)
            return
        cuts, pause = told.pop("cuts", ()), told.pop("pause", 0.0)
        heard = {**told, "http2": True, "raw": b"", "fields": []}
        self._heard(record.REQUEST, heard, index)
        heard["raw"], whole = client.request(told, index, cuts, pause)
        if not whole:
            heard["open"] = True  # what the server did not take

    def _client_handshake(self, client: Any, index: int, arg: Any) -> None:
        self._heard(record.SKIPPED, "no WebSocket over HTTP/2", index)

    def _client_frame(self, client: Any, index: int, arg: Any) -> None:
        self._heard(record.SKIPPED, "no WebSocket over HTTP/2", index)

    def _client_frames(self, client: Any, index: int, arg: Any) -> None:
        self._heard(record.SKIPPED, "no WebSocket over HTTP/2", index)

    def _client_response(self, client: Any, index: int, arg: Any) -> None:
        response = client.response(self._bound(arg))
        if response.status:
            self._heard(record.RESPONSE, response, index)
        elif client.end:
            self._heard(record.END, client.end, index)
        else:
            self._heard(record.NOTHING, "response", index)

    def _client_eof(self, client: Any, index: int, arg: Any) -> None:
        end = client.await_end(self._bound(arg))
        if end != "eof" or client.end:
            self._heard(record.END if end else record.NOTHING, end or "end", index)

    def _client_half(self, client: Any, index: int, _: Any) -> None:
        """The body of the request is whole; nobody has left."""
        client.send(b"", last=True)
        self._heard(record.FINISHED, None, index)

    def _client_reset(self, client: Any, index: int, _: Any) -> None:
        client.reset()
        self._heard(record.CLOSED, "reset", index)
        self._left(index, "lost")

    def _client_close(self, client: Any, index: int, _: Any) -> None:
        client.close()
        for other, one in self.clients.items():
            if one.link is client.link and (other == index or not one.closed):  # type: ignore[attr-defined]
                one.closed = True
                self._heard(record.CLOSED, "close", other)
                self._left(other, "closed")
