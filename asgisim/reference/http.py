"""One HTTP exchange: the request's body to the application, its response to the client."""

from __future__ import annotations

import email.utils
import logging
from typing import Any

import anyio
import h11

from asgisim.reference.events import Headers, WrongEvent, headers, settle
from asgisim.reference.lifespan import App
from asgisim.reference.link import ClientGone, Link
from asgisim.reference.request import Head, Parser

LOG = logging.getLogger("asgisim.reference")
_BODILESS = (204, 205, 304)
_REASONS = {
    **{200: b"OK", 204: b"No Content", 304: b"Not Modified", 400: b"Bad Request", 403: b"Forbidden"},
    **{404: b"Not Found", 414: b"URI Too Long", 426: b"Upgrade Required", 500: b"Internal Server Error"},
    **{431: b"Request Header Fields Too Large", 501: b"Not Implemented", 505: b"HTTP Version Not Supported"},
}


def date() -> bytes:
    """Now, as a date header has it."""
    return email.utils.formatdate(usegmt=True).encode()


class Response:
    """The response of one exchange, or the denial of a WebSocket.

    stage: ready, started, trailers or complete. close: the connection ends with this response.
    """

    def __init__(self, link: Link, parser: Parser, head: Head, prefix: str = "http") -> None:
        self.link = link
        self.parser = parser
        self.head = head
        self.prefix = prefix
        self.stage = "ready"
        self.close = prefix != "http"
        self.complete = anyio.Event()
        self._left: int | None = None  # bytes still owed to content-length
        self._bodiless = False
        self._trailers: Headers | None = None

    def allowed(self, listed: Any) -> list[str]:
        """The events that may be sent now. listed: the extensions of the scope."""
        name = f"{self.prefix}.response."
        now = {"ready": ["start"], "started": ["body"], "trailers": ["trailers"], "complete": []}[self.stage]
        if self.stage == "ready" and "http.response.early_hint" in listed:
            now.append("early_hint")
        return [name + kind for kind in now]

    async def take(self, event: dict[str, Any], listed: Any) -> None:
        """Act on an event that is well formed and allowed. Raises ClientGone, WrongEvent."""
        kind = event["type"].removeprefix(f"{self.prefix}.response.")
        if kind == "start":
            await self.start(event["status"], headers(event), self._wants_trailers(event, listed))
        elif kind == "body":
            await self.body(event.get("body", b""), event.get("more_body", False))
        elif kind == "trailers":
            await self.trailers(headers(event), event.get("more_trailers", False))
        else:
            await self.early_hint(list(event.get("links", ())))

    def _wants_trailers(self, event: dict[str, Any], listed: Any) -> bool:
        return event.get("trailers") is True and "http.response.trailers" in listed

    async def early_hint(self, links: list[bytes]) -> None:
        """Send a 103."""
        lines = [(b"link", link) for link in links]
        await self._send(h11.InformationalResponse(status_code=103, headers=lines, reason=b"Early Hints"))

    async def start(self, status: int, lines: Headers, trailers: bool = False) -> None:
        """Send the head at once."""
        self._bodiless = status in _BODILESS or self.head.method == "HEAD"
        out, left = self._framed(status, lines, trailers)
        if not any(name.lower() == b"date" for name, _ in out):
            out.append((b"date", date()))
        if self.close or self.parser.h11.their_state is h11.ERROR:
            out = [(name, value) for name, value in out if name.lower() != b"connection"]
            out.append((b"connection", b"close"))
        try:
            made = h11.Response(status_code=status, headers=out, reason=_REASONS.get(status, b""))
            data = self.parser.h11.send(made)
        except h11.LocalProtocolError as error:
            raise WrongEvent(str(error)) from None
        self.stage, self._left = "started", left
        self._trailers = [] if trailers else None
        await self.link.write(data or b"")

    def _framed(self, status: int, lines: Headers, trailers: bool) -> tuple[Headers, int | None]:
        """The lines with fitting framing: transfer-encoding is ours alone, and content-length stands once."""
        lengths = {value for name, value in lines if name.lower() == b"content-length"}
        if len(lengths) > 1 or any(not value.isdigit() or len(value) > 18 for value in lengths):
            raise WrongEvent(f"content-length must be one number, not {sorted(lengths)!r}")
        ours = (b"transfer-encoding", b"content-length")
        out = [(name, value) for name, value in lines if name.lower() not in ours]
        if status == 205:
            return [*out, (b"content-length", b"0")], None
        if status == 204 or not lengths or trailers:
            return out, None
        [length] = lengths
        return [*out, (b"content-length", length)], None if self._bodiless else int(length)

    async def body(self, data: bytes, more: bool) -> None:
        """Send a piece of the body."""
        if self._left is not None:
            if len(data) > self._left:
                raise WrongEvent(f"{len(data) - self._left} bytes more than content-length says")
            if not more and len(data) < self._left:
                raise WrongEvent(f"{self._left - len(data)} bytes less than content-length says")
            self._left -= len(data)
        if data and not self._bodiless:
            await self._send(h11.Data(data=data))
        if not more:
            if self._trailers is None:
                await self._end([])
            else:
                self.stage = "trailers"

    async def trailers(self, lines: Headers, more: bool) -> None:
        """Collect trailers and send them with the last."""
        assert self._trailers is not None
        self._trailers += lines
        if not more:
            await self._end([] if self._bodiless else self._trailers)

    async def _end(self, lines: Headers) -> None:
        self.stage = "complete"
        try:
            await self._send(h11.EndOfMessage(headers=lines))
        finally:
            if self.parser.h11.our_state is h11.MUST_CLOSE or self.close:
                self.close = True
                self.link.finish()
            self.complete.set()
            self.link.notify()

    async def _send(self, event: Any) -> None:
        try:
            data = self.parser.h11.send(event)
        except h11.LocalProtocolError as error:
            raise WrongEvent(str(error)) from None
        await self.link.write(data or b"")

    async def error(self, status: int, lines: Headers | None = None) -> None:
        """Answer for an application that did not."""
        self.close = True
        try:
            await self.start(status, [*(lines or []), (b"content-length", b"0")])
            await self.body(b"", False)
        except ClientGone:
            pass

    def abort(self) -> None:
        """End a response in the middle so that the client cannot take it for whole."""
        self.close = True
        if self._left is None and self.head.version == "1.0":
            self.link.reset()  # the end of the stream would look like the end of the body
        else:
            self.link.finish()


class Exchange:
    """One request and its response: the two callables of the application, and what is done at its end."""

    answer = Response

    def __init__(self, link: Link, parser: Parser, head: Head, scope: dict[str, Any]) -> None:
        self.link = link
        self.parser = parser
        self.head = head
        self.scope = scope
        self.response = self.answer(link, parser, head)
        self.told = False  # http.disconnect was delivered
        self._whole = False  # the request's body was delivered whole

    async def run(self, app: App) -> None:
        """Call the application and finish what it leaves unfinished."""
        raised = True
        try:
            await app(self.scope, self.receive, self.send)
            raised = False
        except ClientGone:
            pass
        except Exception:
            LOG.exception("the app raised")
        finally:
            await self._finish(raised)
            self.response.complete.set()
            self.link.notify()

    async def _finish(self, raised: bool) -> None:
        if self.response.stage == "complete" or self.link.eof:
            return
        if self.response.stage == "ready":
            if not raised:
                LOG.error("the app returned without a response")
            await self.response.error(500)
        else:
            if not raised:
                LOG.error("the app returned before its response was complete")
            self.response.abort()

    async def receive(self) -> dict[str, Any]:
        """The next event for the application."""
        if not self._whole and not self.told:
            event = await self._body()
            if event is not None:
                return event
        while not self._over():
            await self.link.change()
        self.told = True
        return {"type": "http.disconnect"}

    def _over(self) -> bool:
        return self.link.eof or self.response.stage == "complete"

    async def _body(self) -> dict[str, Any] | None:
        """The next piece of the request's body, None if it will never be whole."""
        if self.parser.h11.they_are_waiting_for_100_continue and self.response.stage == "ready":
            try:
                await self.response._send(h11.InformationalResponse(status_code=100, headers=[]))
            except ClientGone:
                return None
        while self.response.stage != "complete":
            try:
                event = self.parser.peek()
            except h11.RemoteProtocolError as error:
                await self._spoilt(error)
                return None
            if isinstance(event, h11.Data):
                return {"type": "http.request", "body": bytes(event.data), "more_body": True}
            if isinstance(event, h11.EndOfMessage):
                self._whole = True
                return {"type": "http.request", "body": b"", "more_body": False}
            if event is not None:
                return None
            await self.link.change()
        return None

    async def _spoilt(self, error: h11.RemoteProtocolError) -> None:
        """The body breaks off or is malformed: tell the client if it is still there, and count it as gone."""
        self.response.close = True
        if self.response.stage == "ready" and not self.link.eof:
            await self.response.error(error.error_status_hint)
        elif not self.link.eof:
            self.response.abort()
        self.link._leave()

    async def send(self, event: Any) -> None:
        """Take an event from the application. Raises WrongEvent, ClientGone."""
        if self.response.stage == "complete":
            return  # "ignored", as the specification has it
        listed = self.scope["extensions"]
        settled = settle(event, self.response.allowed(listed), f"when the response is {self.response.stage}")
        if self.link.eof:
            raise ClientGone("the client has left")
        await self.response.take(settled, listed)

    async def reusable(self) -> bool:
        """Whether another request may follow on this connection; reads away what is left of the body."""
        if self.response.close or self.response.stage != "complete":
            return False
        read = 0
        with anyio.move_on_after(1.0):
            while read <= 65536 and not self.parser.h11.they_are_waiting_for_100_continue:
                if self.parser.h11.their_state is h11.DONE:
                    return self.parser.h11.our_state is h11.DONE
                try:
                    event = await self.parser.next()
                except h11.RemoteProtocolError:
                    return False
                if not isinstance(event, h11.Data):
                    return self.parser.h11.our_state is h11.DONE
                read += len(event.data)
        return False
