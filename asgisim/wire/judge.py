"""Both sides of a server compared: what the client put on the wire with what the app saw, and back.

The events and scopes alone are judged by asgisim.judge. Here stands what needs both sides. A rule is put to
the test only where the record is certain: a request composed by us, a response that was read, a call whose
connection is known. What is malformed on purpose is left to those who know what they expect of it.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote_to_bytes

from asgisim.drive.wire import frames, record
from asgisim.drive.wire.http import Response
from asgisim.drive.wire.record import LIFESPAN, STOPPING, Heard, Record
from asgisim.judge import Finding, Report, is_fault, judge
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import Party
from asgisim.trace import LEFT, NOTE, RAISE, RECEIVE, RETURN, SCOPE, SEND, SENT, WAIT, Step

# Headers that a server may rightly take, change or add: framing, the hop, and what is its own business.
_OWN = frozenset(
    [
        b"host",
        b"te",
        b"expect",
        b"trailer",
        b"proxy-connection",
        b"connection",
        b"content-length",
        b"transfer-encoding",
        b"keep-alive",
        b"date",
        b"server",
        b"upgrade",
    ]
)
LONG = 1.5  # seconds in which a server must have seen what happened
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] [0-9]{3} [^\r\n]*\r\n")


def judge_wire(played: Record) -> Report:
    """Judge a record: the event rules that bind the server, and the rules that need both sides."""
    report = judge(played.app)
    report.findings = [finding for finding in report.findings if finding.party is Party.SERVER]
    report.notes = [finding for finding in report.notes if finding.party is Party.SERVER]
    for call in played.app.exchanges():
        connection = played.pairs.get(call)
        if connection is not None:
            _Pair(played, report, call, connection).judge()
    _judge_lifespan(played, report)
    for connection in sorted({one.connection for one in played.client}):
        _judge_responses(played, report, connection)
    report.findings.sort(key=lambda finding: (finding.exchange, finding.step))
    return report


def _judge_lifespan(played: Record, report: Report) -> None:
    """Whether the server that was told to stop told the app, which had completed its startup."""
    steps = [step for step in played.app if step.exchange == LIFESPAN]
    stops = [step.time for step in steps if step.kind == NOTE and step.data == STOPPING]
    started = any(event.get("type") == "lifespan.startup.complete" for event in _accepted(steps))
    if not stops or not started:
        return
    types = [step.data.get("type") for step in steps if step.kind == RECEIVE and isinstance(step.data, dict)]
    verdicts = _Verdicts(report, LIFESPAN, 0)
    if "lifespan.shutdown" in types:
        verdicts.check("lifespan.shutdown.sent", True, "")
    elif any(step.kind == WAIT and step.time - stops[0] >= LONG for step in steps):
        verdicts.check(
            "lifespan.shutdown.sent", False, "the server was told to stop, and the app got no shutdown"
        )


class _Verdicts:
    """Puts rules to the test and writes down what broke."""

    def __init__(self, report: Report, exchange: int, step: int) -> None:
        self.report = report
        self.exchange = exchange
        self.step = step

    def check(self, rule: str, holds: bool, detail: str) -> None:
        """One rule that was put to the test."""
        found = CATALOGUE[rule]
        self.report.exercised |= found.bit
        if not holds:
            broken = Finding(found, Party.SERVER, detail, self.exchange, self.step)
            (self.report.findings if is_fault(broken) else self.report.notes).append(broken)


class _Pair(_Verdicts):
    """One call and the connection that it belongs to."""

    def __init__(self, played: Record, report: Report, call: int, connection: int) -> None:
        indexes = [index for index, step in enumerate(played.app) if step.exchange == call]
        super().__init__(report, call, indexes[-1] if indexes else 0)
        self.steps: list[Step] = [step for step in played.app if step.exchange == call]
        self.heard: list[Heard] = played.of(connection)
        turn = [c for c, other in played.pairs.items() if other == connection].index(call)
        requests = played.of(connection, record.REQUEST)
        responses = played.responses(connection)
        # Only where all that went out was composed requests is the n-th call the n-th of them.
        self.certain = not played.of(connection, record.WROTE)
        self.request: dict[str, Any] | None = (
            requests[turn].data if turn < len(requests) and self.certain else None
        )
        self.response: Response | None = responses[turn] if turn < len(responses) and self.certain else None
        self.last = turn == len(requests) - 1
        self.address = next((one.data for one in self.heard if one.kind == record.CONNECTED), None)
        scopes = [step.data for step in self.steps if step.kind == SCOPE]
        self.scope: dict[str, Any] = scopes[0] if scopes and isinstance(scopes[0], dict) else {}
        self.kind = str(self.scope.get("type"))
        self.received = [s.data for s in self.steps if s.kind == RECEIVE and isinstance(s.data, dict)]
        self.sent = _accepted(self.steps)
        self.ended = any(step.kind in (RETURN, RAISE) for step in self.steps)

    def judge(self) -> None:
        if self.request is None or self.kind not in ("http", "websocket"):
            return
        self._scope()
        self._refusals()
        self._told_that_client_left()
        if self.kind == "http":
            self._body()
            self._response()
        else:
            self._handshake()
            self._to_client()
            self._to_app()
            self._disconnect()

    # The scope that these bytes must give

    def _scope(self) -> None:
        assert self.request is not None
        request, scope, kind = self.request, self.scope, self.kind
        version = request.get("version", b"1.1").decode("latin-1")
        if kind == "http" and version in ("1.0", "1.1"):
            seen = scope.get("http_version")
            self.check("http.scope.http-version.truth", seen == version, f"{seen!r} for HTTP/{version}")
        scheme = scope.get("scheme", "http" if kind == "http" else "ws")
        if kind == "http":
            self.check("http.scope.scheme.truth", scheme == "http", f"{scheme!r} on a plain connection")
        target = request.get("target", b"/")
        if target.startswith(b"/") and not scope.get("root_path"):
            self._path(target)
        self._headers(request.get("headers", ()))
        if kind == "websocket":
            offered = [
                item.strip().decode("latin-1")
                for name, value in request.get("headers", ())
                if name.lower() == b"sec-websocket-protocol"
                for item in value.split(b",")
                if item.strip()
            ]
            seen = list(scope.get("subprotocols") or [])
            self.check("websocket.scope.subprotocols.truth", seen == offered, f"{seen!r} for {offered!r}")
        self._addresses()

    def _path(self, target: bytes) -> None:
        raw, _, query = target.partition(b"?")
        seen, kind = self.scope.get("path"), self.kind
        try:
            wanted = unquote_to_bytes(raw).decode()
        except UnicodeDecodeError:
            wanted = None  # what is then in path is open
        if wanted is not None:
            name = "http.scope.path.percent-decoded" if kind == "http" else "websocket.scope.path.decoded"
            self.check(name, seen == wanted, f"path is {seen!r} for {raw!r}")
        if self.scope.get("raw_path") is not None:
            found = self.scope["raw_path"]
            self.check(
                f"{kind}.scope.raw-path.unmodified", found == raw, f"raw_path is {found!r} for {raw!r}"
            )
        if kind == "http":
            found = self.scope.get("query_string")
            self.check("http.scope.query-string.encoded", found == query, f"{found!r} for {query!r}")

    def _headers(self, lines: Any) -> None:
        wanted = _by_name([(name, value.strip(b" \t")) for name, value in lines])
        try:
            seen = _by_name([(bytes(name), bytes(value)) for name, value in self.scope.get("headers", ())])
        except (TypeError, ValueError):
            return  # other rules have told of it
        for name, values in wanted.items():
            if name in _OWN or b"_" in name or name.startswith(b"sec-websocket"):
                continue
            found = seen.get(name, [])
            about = f"{name!r} has {found!r}, and the client sent {values!r}"
            repeated = len(values) > 1
            if repeated:
                self.check(f"{self.kind}.scope.headers.duplicates", len(found) == len(values), about)
                order = (
                    "http.scope.headers.value-order"
                    if self.kind == "http"
                    else "websocket.scope.headers.order"
                )
                if sorted(found) == sorted(values):
                    self.check(order, found == values, about)
            elif self.kind == "http":
                self.check("http.scope.headers.bytes-unchanged", found == values, about)

    def _addresses(self) -> None:
        if self.address is None or not isinstance(self.address["local"], tuple):
            return
        for key, place in (("client", "local"), ("server", "peer")):
            seen = self.scope.get(key)
            if not isinstance(seen, list | tuple) or len(seen) != 2 or type(seen[1]) is not int:
                continue  # None is allowed, and its form is judged elsewhere
            wanted = self.address[place][:2]
            rule = f"websocket.scope.{key}"
            if self.kind == "http":
                rule = f"http.scope.{key}.{'host' if seen[0] != wanted[0] else 'port'}"
            self.check(rule, tuple(seen) == tuple(wanted), f"{key} is {seen!r} for {wanted!r}")

    def _refusals(self) -> None:
        """What no server knows is refused with an error raised into the app."""
        for event in self.sent:
            kind = event.get("type")
            if kind in ("http.response.start", "websocket.accept", "websocket.close"):
                return
            if isinstance(kind, str):
                known = kind.partition(".")[0] in ("http", "websocket", "lifespan")
                self.check("common.error.send-unknown-type", known, f"send took the type {kind!r}")

    def _told_that_client_left(self) -> None:
        """A receive after the client left must give the disconnect; here one had LONG seconds and did not."""
        lefts = [step for step in self.steps if step.kind == LEFT and step.data in ("closed", "lost")]
        if not lefts:
            return
        closed = any(one.kind == record.FRAME_OUT and frames.number(one.data) == 8 for one in self.heard)
        name = "socket-loss" if not closed else "client-close"
        rule = "http.disconnect.after-client-left" if self.kind == "http" else f"websocket.disconnect.{name}"
        kind = f"{self.kind}.disconnect"
        if any(event.get("type") == kind for event in self.received):
            self.check(rule, True, "")
            return
        late = [step.time - lefts[0].time for step in self.steps if step.kind == WAIT]
        if late and max(late) >= LONG:
            self.check(rule, False, f"receive gave nothing for {max(late):.1f} s after the client left")

    # HTTP

    def _body(self) -> None:
        assert self.request is not None
        parts = [event for event in self.received if event.get("type") == "http.request"]
        if not parts or parts[-1].get("more_body", False) is not False:
            return
        headers = {name.lower(): value for name, value in self.request.get("headers", ())}
        framed = {b"content-length", b"transfer-encoding"} & set(headers)
        body = self.request.get("body") or b""
        joined = b"".join(part.get("body", b"") for part in parts if isinstance(part.get("body", b""), bytes))
        about = f"the app got {joined[:60]!r} ({len(joined)} bytes)"
        if self.request.get("chunks") is not None and not framed:
            wanted = b"".join(self.request["chunks"])
            self.check("http.request.body.dechunked", joined == wanted, f"{about}, not {wanted[:60]!r}")
        elif not framed:
            self.check("http.request.body.complete", joined == body, f"{about}, not {body[:60]!r}")
        elif headers.get(b"content-length", b"").isdigit() and b"transfer-encoding" not in headers:
            short = len(body) < int(headers[b"content-length"])
            if short and not any(one.kind == record.WROTE for one in self.heard) and self.last:
                self.check("wire.req.truncated", False, f"{about} as a whole body, and more was announced")

    def _response(self) -> None:
        starts = [event for event in self.sent if event.get("type") == "http.response.start"]
        bodies = [event for event in self.sent if event.get("type") == "http.response.body"]
        ends = [at for at, event in enumerate(bodies) if not event.get("more_body", False)]
        bodies = bodies[: ends[0] + 1] if ends else bodies  # what is sent after the end is no part of it
        whole = bool(starts and bodies) and not bodies[-1].get("more_body", False)
        response = self.response
        # Waited for in vain, and after the app had done its part.
        done = max(
            (step.time for step in self.steps if step.kind in (SEND, SENT, RETURN, RAISE)), default=0.0
        )
        waited = any(
            one.kind == record.NOTHING and one.data == "response" and one.time > done for one in self.heard
        )
        if response is None:
            if whole and waited and self.last and not starts[0].get("trailers"):
                self.check(
                    "http.response.body.completes", False, "the response is complete, but nothing came"
                )
            elif not starts and self.ended and waited and self.last:
                self.check(
                    "http.response.missing", False, "the app ended without a response, and nothing came"
                )
            return
        if not starts:
            if self.ended:
                self.check("http.response.missing", response.status >= 400, f"status {response.status}")
            return
        if len(starts) != 1 or response.broken not in ("", "eof", "reset"):
            return
        self._sent_headers(starts[0], response)
        data = b"".join(event.get("body", b"") for event in bodies if type(event.get("body", b"")) is bytes)
        self._sent_body(starts[0], response, data, whole)

    def _sent_headers(self, start: dict[str, Any], response: Response) -> None:
        if response.status != start.get("status"):
            return  # replaced by the server's own, which it may do before the head is out
        pairs = _pairs(start.get("headers", ()))
        if pairs is None:
            return
        given = [(n, v.strip(b" \t")) for n, v in pairs if n.lower() not in _OWN]
        if any(b"\r" in v or b"\n" in v or b"\0" in v for _, v in given):
            raw = response.raw.partition(b"\r\n\r\n")[0]
            torn = [v for _, v in given if b"\r\n" in v and v in raw] or [
                v for _, v in given if b"\0" in v and v in raw
            ]
            self.check("wire.http.no-header-injection", not torn, f"{torn!r} went out as it was")
            return
        wanted, seen = _by_name(given), _by_name(response.headers)
        for name, values in wanted.items():
            found = seen.get(name, [])
            about = f"{name!r} went out as {found!r}, and the app sent {values!r}"
            if name == b"set-cookie" and len(values) > 1:
                self.check("wire.http.set-cookie-apart", len(found) >= len(values), about)
            elif len(values) > 1:
                self.check("http.response.start.headers.duplicates", len(found) == len(values), about)
            else:
                self.check("http.response.start.headers.any-iterable", values[0] in found, about)
        names = [n.lower() for n, _ in given]
        order = [n.lower() for n, _ in response.headers if n.lower() in set(names)]
        if sorted(order) == sorted(names):
            self.check("http.response.start.headers.order", order == names, f"{order!r} for {names!r}")

    def _sent_body(self, start: dict[str, Any], response: Response, data: bytes, whole: bool) -> None:
        assert self.request is not None
        method, status = self.request.get("method", b"GET"), response.status
        extra = next((one.data for one in self.heard if one.kind == record.EXTRA), b"") if self.last else b""
        if method == b"HEAD":
            self.check("wire.http.head-no-body", not extra, f"{extra[:60]!r} after the answer to HEAD")
        elif status in (204, 304):
            self.check(f"wire.http.{status}-no-body", not extra, f"{extra[:60]!r} after a {status}")
        elif status == 205:
            self.check("wire.http.205-no-content", not response.body, f"{response.body[:60]!r} with a 205")
        elif whole and response.complete and status == start.get("status"):
            about = (
                f"{response.body[:60]!r} ({len(response.body)} bytes) for {data[:60]!r} ({len(data)} bytes)"
            )
            lengths = [v for n, v in _pairs(start.get("headers", ())) or () if n.lower() == b"content-length"]
            if not lengths:
                self.check("http.response.body.concatenated", response.body == data, about)
            elif lengths == [b"%d" % len(data)]:
                self.check("wire.http.length-exact", response.body == data and not extra, about)
        elif (
            not whole
            and self.ended
            and response.framing in ("chunked", "length")
            and status == start.get("status")
            and not _announced(start, len(data))
        ):
            self.check(
                "wire.http.abort-visible",
                not response.complete,
                "a whole message, and the app had not ended it",
            )

    # WebSocket

    def _handshake(self) -> None:
        assert self.request is not None
        response = self.response
        accepts = [event for event in self.sent if event.get("type") == "websocket.accept"]
        first = next((event.get("type") for event in self.sent), None)
        if response is None:
            return
        if first == "websocket.close":
            self.check(
                "websocket.close.before-accept-403", response.status == 403, f"status {response.status}"
            )
            return
        if response.status != 101:
            if not self.sent and self.ended:
                self.check("websocket.connect.no-answer", response.status >= 400, f"status {response.status}")
            return
        self.check("wire.ws.101-waits", bool(accepts), "101 came, and the app has not accepted")
        if not accepts:
            return
        keys = [v for n, v in self.request["headers"] if n.lower() == b"sec-websocket-key"]
        proofs = response.values(b"sec-websocket-accept")
        self.check("wire.ws.accept-hash", proofs == [frames.proof(keys[0])] if keys else False, f"{proofs!r}")
        chosen, seen = accepts[0].get("subprotocol"), response.values(b"sec-websocket-protocol")
        offered = [n for n, _ in self.request["headers"] if n.lower() == b"sec-websocket-protocol"]
        if chosen is None:
            pairs = _pairs(accepts[0].get("headers") or ()) or []
            if not any(name.lower() == b"sec-websocket-protocol" for name, _ in pairs):
                self.check("websocket.accept.subprotocol.default", not seen, f"{seen!r} went out")
        elif offered and isinstance(chosen, str):
            self.check(
                "websocket.accept.subprotocol.sent", seen == [chosen.encode()], f"{seen!r} for {chosen!r}"
            )
        extensions = [n for n, _ in self.request["headers"] if n.lower() == b"sec-websocket-extensions"]
        if not extensions:
            named = response.values(b"sec-websocket-extensions")
            self.check("wire.ws.extensions", not named, f"{named!r}, and none was offered")

    def _messages_out(self) -> tuple[list[tuple[int, bytes]], list[frames.Frame]]:
        """The data messages that the client got, put together, and all frames."""
        came: list[frames.Frame] = [one.data for one in self.heard if one.kind == record.FRAME]
        return frames.joined([(f.opcode, f.data, f.fin) for f in came]), came

    def _to_client(self) -> None:
        got, came = self._messages_out()
        for frame in came:
            self.check("wire.ws.server-unmasked", not frame.masked, f"opcode {frame.opcode} is masked")
            size = len(frame.data)
            least = 1 if size < 126 else 2 if size < 65536 else 8
            self.check(
                "wire.ws.length-minimal", frame.form == least, f"{frame.form} bytes of length for {size}"
            )
        wanted: list[tuple[int, bytes]] = []
        for event in self.sent:
            if event.get("type") == "websocket.send":
                text, data = event.get("text"), event.get("bytes")
                if (text is None) == (data is None):
                    return  # not allowed, so anything may come of it
                wanted.append((1, text.encode()) if isinstance(text, str) else (2, bytes(data or b"")))
        for (mode, sent), (opcode, seen) in zip(wanted, got, strict=False):
            self.check("websocket.send.order", sent == seen, f"{seen[:60]!r} came for {sent[:60]!r}")
            if sent == seen:
                self.check("websocket.send.mode", mode == opcode, f"opcode {opcode} came for {mode}")
        self._close_frame(came)
        self._pongs(came)

    def _close_frame(self, came: list[frames.Frame]) -> None:
        closes = [event for event in self.sent if event.get("type") == "websocket.close"]
        accepted = any(event.get("type") == "websocket.accept" for event in self.sent)
        seen = [frame for frame in came if frame.opcode == 8]
        first = next(
            (
                one.kind
                for one in self.heard
                if (one.kind == record.FRAME and one.data.opcode == 8)
                or (one.kind == record.FRAME_OUT and one.data.get("opcode") in ("close", 8))
            ),
            "",
        )
        if not seen:
            return
        code = seen[0].code
        if code is not None:
            legal = (1000 <= code <= 1014 and code not in (1004, 1005, 1006)) or 3000 <= code <= 4999
            self.check("wire.ws.close-codes", legal, f"{code} went out")
        if not closes or not accepted or first != record.FRAME:
            return
        told = closes[0].get("code")
        if told is None:
            self.check("websocket.close.code.default", code == 1000, f"{code} went out")
        elif 3000 <= told <= 4999 or told in (1000, 1001, 1008, 1011):
            self.check("websocket.close.code.on-wire", code == told, f"{code} went out for {told}")
            reason = closes[0].get("reason") or ""
            if isinstance(reason, str) and reason.isascii() and len(reason) <= 123:
                found = seen[0].data[2:]
                self.check(
                    "websocket.close.reason.on-wire", found == reason.encode(), f"{found!r} for {reason!r}"
                )

    def _pongs(self, came: list[frames.Frame]) -> None:
        quiet = any(one.kind == record.NOTHING and one.data == "frame" for one in self.heard)
        for one in self.heard:
            if one.kind != record.FRAME_OUT or one.data.get("opcode") not in ("ping", 9) or not quiet:
                continue
            payload = one.data.get("data", b"")
            pongs = [frame.data for frame in came if frame.opcode == 10]
            self.check("wire.ws.pong", payload in pongs, f"no pong with {payload!r} among {pongs!r}")

    def _to_app(self) -> None:
        out = [one.data for one in self.heard if one.kind == record.FRAME_OUT]
        if not all(frames.is_clean(frame) for frame in out):
            return
        numbers = [frames.number(frame) for frame in out]
        triples = [(n, f.get("data", b""), f.get("fin", True)) for n, f in zip(numbers, out, strict=True)]
        wanted = frames.joined(triples)
        got = [event for event in self.received if event.get("type") == "websocket.receive"]
        for (opcode, sent), event in zip(wanted, got, strict=False):
            text, data = event.get("text"), event.get("bytes")
            seen = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else data
            fragmented = any(n == 0 for n in numbers)
            rule = "websocket.server.fragments-joined" if fragmented else "websocket.receive.mode"
            self.check(rule, seen == sent, f"the app got {seen!r} for {sent[:60]!r}")
            if seen == sent:
                self.check("websocket.receive.mode", (text is not None) == (opcode == 1), f"{event!r}")

    def _disconnect(self) -> None:
        events = [event for event in self.received if event.get("type") == "websocket.disconnect"]
        accepted = any(event.get("type") == "websocket.accept" for event in self.sent)
        if not events or not accepted or any(e.get("type") == "websocket.close" for e in self.sent):
            return
        code, reason = events[0].get("code"), events[0].get("reason")
        if type(code) is not int:
            return  # another rule has told of it
        closes = [
            one.data
            for one in self.heard
            if one.kind == record.FRAME_OUT
            and one.data.get("opcode") in ("close", 8)
            and one.data.get("mask", True)
        ]
        others = [one for one in self.heard if one.kind == record.FRAME_OUT and not frames.is_clean(one.data)]
        if closes and not others:
            data = closes[0].get("data", b"")
            if not data:
                self.check(
                    "websocket.disconnect.code.1005", code == 1005, f"{code!r} for a frame without one"
                )
            elif len(data) >= 2:
                told = int.from_bytes(data[:2], "big")
                if told == 1000 or 3000 <= told <= 4999 or told == 1001:
                    about = f"{code!r} for a close frame with {told}"
                    self.check("websocket.disconnect.code.from-frame", code == told, about)
                    if reason is not None:
                        same = reason.encode() == data[2:] if isinstance(reason, str) else False
                        self.check(
                            "websocket.disconnect.reason.from-frame", same, f"{reason!r} for {data[2:]!r}"
                        )
        elif any(one.kind == record.CLOSED for one in self.heard) and not closes and not others:
            self.check("websocket.disconnect.code.1006", code == 1006, f"{code!r} for a lost connection")


def _judge_responses(played: Record, report: Report, connection: int) -> None:
    """What holds for every response, whoever made it."""
    requests = played.of(connection, record.REQUEST)
    certain = not played.of(connection, record.WROTE)
    for turn, response in enumerate(played.responses(connection)):
        verdicts = _Verdicts(report, -1, 0)
        if not response.status:
            line = bool(_STATUS_LINE.match(response.raw)) or b"\r\n" not in response.raw
            verdicts.check("wire.http.status-line", line, f"{response.raw[:80]!r}")
            continue
        lengths, coded = response.values(b"content-length"), response.values(b"transfer-encoding")
        status = response.status
        final = status == 101 or status >= 200
        verdicts.check("wire.http.1xx-not-final", final, f"status {status}")
        both = bool(lengths and coded)
        if lengths or coded:
            verdicts.check("wire.http.one-framing", not both, f"{lengths!r} and {coded!r}")
        verdicts.check("wire.http.length-unique", len(set(lengths)) <= 1, f"{lengths!r}")
        if status == 204:
            verdicts.check("wire.http.204-no-body", not lengths and not coded, f"{lengths!r} {coded!r}")
        if 200 <= status < 500:
            dates = response.values(b"date")
            verdicts.check("wire.http.date", len(dates) == 1, f"{len(dates)} date headers on a {status}")
        version = requests[turn].data.get("version", b"1.1") if certain and turn < len(requests) else b""
        if version == b"1.0":
            verdicts.check("wire.http.chunked-not-to-http10", not coded, f"{coded!r} to HTTP/1.0")
            early = [number for number, _ in response.informational]
            verdicts.check("wire.http.1xx-not-to-http10", not early, f"{early!r} to HTTP/1.0")


def _accepted(steps: list[Step]) -> list[dict[str, Any]]:
    """The events that send took without an error."""
    out: list[dict[str, Any]] = []
    for index, step in enumerate(steps):
        if step.kind != SEND or not isinstance(step.data, dict):
            continue
        after = steps[index + 1] if index + 1 < len(steps) else None
        if after is None or after.kind != SENT or after.data in ("blocked", "resumed"):
            out.append(step.data)
    return out


def _by_name(lines: list[tuple[bytes, bytes]]) -> dict[bytes, list[bytes]]:
    out: dict[bytes, list[bytes]] = {}
    for name, value in lines:
        out.setdefault(name.lower(), []).append(value)
    return out


def _announced(start: dict[str, Any], length: int) -> bool:
    """Whether the app itself announced this length: its message is whole, whatever it says after."""
    return (b"content-length", b"%d" % length) in (_pairs(start.get("headers", ())) or ())


def _pairs(headers: Any) -> list[tuple[bytes, bytes]] | None:
    """The headers of an event if they are well formed, else None."""
    items = getattr(headers, "items", headers) if not isinstance(headers, dict) else None
    if not isinstance(items, list | tuple):
        return None
    out = []
    for pair in items:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(type(x) is bytes for x in pair):
            return None
        out.append((pair[0], pair[1]))
    return out
