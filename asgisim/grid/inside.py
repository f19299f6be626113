"""Cases in process: the simulator plays the server, in virtual time, and tells what it saw beside."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import unquote_to_bytes

from asgisim.drive.sim import Simulator
from asgisim.grid.driver import Driver
from asgisim.grid.exchange import Ask, Call, Heard, Reply, Skip, Talk
from asgisim.model import trace as t
from asgisim.model.notation import plain_scope
from asgisim.model.scenario import Act, Exchange, Options, Scenario
from asgisim.target import Loaded

CAN = frozenset(
    {"http/1.1", "websocket", "lifespan", "state", "root-path", "early-call", "websocket.http.response"}
)
PATH = "/"


class Inside(Driver):
    """An app in this process, started once as under a server."""

    in_process = True

    def __init__(self, framework: str, loaded: Loaded, loop: str, patience: float = 1.0) -> None:
        super().__init__(framework, "in-process", CAN, patience)
        self.loaded, self.loop = loaded, loop
        keep = loop == "asyncio"
        self.simulator = Simulator(loaded.app, loop, keep=keep, reload=loaded.reload if keep else None)
        self._lifespan: Call | None = None
        self._calls: list[Call] = []
        self._before = 0

    def begin(self, patience: float) -> None:
        self._before = len(self._calls)
        super().begin(patience)

    def finish(self) -> None:
        """Nothing stays open here."""

    def close(self) -> None:
        """Give back what the simulator holds, then run a lifespan of its own to the end."""
        self.simulator.close()
        app = self.loaded.reload() if self.loaded.reload and self.loop == "asyncio" else self.loaded.app
        with Simulator(app, self.loop) as simulator:
            trace = simulator.run(Scenario([_lifespan(), self._exchange(Ask())]))
        self._lifespan = _call(0, [one for one in trace if one.exchange == 0], time.monotonic())

    def look(self) -> list[Call]:
        return self._calls[self._before :]

    def everything(self) -> list[Call]:
        return [*([self._lifespan] if self._lifespan else []), *self._calls]

    def lifespan(self) -> Call | None:
        if self._lifespan is None:
            self._run([self._exchange(Ask())])
        return self._lifespan

    def pump(self, seconds: float) -> None:
        time.sleep(seconds)

    # --- HTTP

    def ask(self, ask: Ask) -> Reply:
        return self.asks(ask)[0]

    def asks(self, *asks: Ask, pipelined: bool = False) -> list[Reply]:
        for one in asks:
            self.note(f"-> {one.method} {one.target.decode('latin-1')[:120]}")
        return [_reply(call, one) for call, one in zip(self._run(self._all(asks)), asks, strict=True)]

    def together(self, *asks: Ask) -> list[Reply]:
        exchanges = self._all(asks)
        for one in exchanges[1:]:
            one.options.start = 1
        return [_reply(call, one) for call, one in zip(self._run(exchanges), asks, strict=True)]

    def _all(self, asks: tuple[Ask, ...]) -> list[Exchange]:
        return [self._exchange(one) for one in asks]

    def _exchange(self, ask: Ask) -> Exchange:
        if ask.raw is not None:
            raise Skip("raw bytes need a socket")
        scope = _scope("http", ask.target, ask.headers, ask.host)
        scope |= {"method": ask.method, "http_version": ask.version.decode()}
        if ask.body is not None:
            size = b"%d" % sum(map(len, ask.body))
            framing = (b"transfer-encoding", b"chunked") if ask.chunked else (b"content-length", size)
            scope["headers"].append(framing)
        return Exchange(scope, _script(ask), Options())

    # --- WebSocket

    def talk(self, talk: Talk) -> Heard:
        scope = _scope("websocket", talk.target, talk.headers, b"testbed")
        scope["subprotocols"] = [one.decode("latin-1") for one in talk.subprotocols]
        scope["extensions"] = {"websocket.http.response": {}}
        self.note(f"-> websocket {talk.target.decode('latin-1')}")
        heard = _heard(self._run([Exchange(scope, _session(talk), Options())])[0])
        self.note(f"the session ends: {heard.ending}")
        return heard

    def _run(self, exchanges: list[Exchange]) -> list[Call]:
        now = time.monotonic()
        trace = self.simulator.run(Scenario([_lifespan(), *exchanges]))
        found = [
            _call(number, [one for one in trace if one.exchange == number], now)
            for number in range(len(exchanges) + 1)
        ]
        if self._lifespan is None:
            self._lifespan = found[0]
        for number, call in enumerate(found[1:], len(self._calls) + 1):
            call.number = number
        self._calls += found[1:]
        return found[1:]


def _lifespan() -> Exchange:
    return Exchange(plain_scope("lifespan"), [], Options())


def _scope(
    protocol: str, target: bytes, headers: tuple[tuple[bytes, bytes], ...], host: bytes | None
) -> dict[str, Any]:
    path, _, query = target.partition(b"?")
    scope = plain_scope(protocol)
    scope["path"] = unquote_to_bytes(path).decode("utf-8", "replace")
    scope["raw_path"], scope["query_string"] = path, query
    lines = [(name.lower(), value) for name, value in headers]
    scope["headers"] = [*([(b"host", host)] if host is not None else []), *lines]
    return scope


def _script(ask: Ask) -> list[Act]:
    parts = ask.body or (b"",)
    kept = parts[:-1] if ask.leave == "unfinished" else parts
    script = [
        Act("recv", 0, "event", {"type": "http.request", "body": part, "more_body": number < len(parts) - 1})
        for number, part in enumerate(kept)
    ]
    if ask.leave == "streaming":
        return [*script, Act("send", 2, "disconnect")]
    return [*script, Act("idle", 1, "disconnect")] if ask.leave else script


def _session(talk: Talk) -> list[Act]:
    script: list[Act] = []
    heard, due = 0, 1  # the accept is the first send
    for kind, *args in talk.does:
        if kind == "hear":
            due += args[0] - heard
            heard = args[0]
            continue
        if kind == "pause":
            script.append(Act("sleep", max(1, round(args[0])), "event", {"type": "none"}))
            continue
        script.append(_act(kind, args, due))
        due = 0
    if talk.leaves or not script or script[-1].act != "disconnect":
        script.append(Act("send" if due else "idle", due or 1, "event", {"type": "none"}))
        script.append(Act("idle", 1, "disconnect", {"code": 1000, "reason": ""}))
    return script


def _act(kind: str, args: list[Any], due: int) -> Act:
    gate = ("send", due) if due else ("recv", 0)
    if kind == "say":
        key = "text" if isinstance(args[0], str) else "bytes"
        return Act(*gate, "event", {"type": "websocket.receive", key: args[0]})
    if kind == "close":
        code, reason = args[0], args[1] if len(args) > 1 else ""
        return Act(*gate, "disconnect", {"code": 1005 if code is None else code, "reason": reason})
    if kind == "lost":
        return Act(*gate, "disconnect")
    raise Skip("frames need a socket")


def _call(number: int, steps: list[t.Step], begun: float) -> Call:
    call = Call(number)
    for one in steps:
        data = one.data
        if one.kind == t.SENT and isinstance(data, str):
            data = ["gone", data] if data.startswith("ClientGone") else ["note", data]
        call.steps.append((begun + one.time, one.kind, data))
    return call


def _reply(call: Call, ask: Ask) -> Reply:
    reply = Reply(broken=call.error)
    pieces: list[bytes] = []
    for at, kind, data in call.steps:
        if kind != t.SEND or not isinstance(data, dict):
            continue
        if data.get("type") == "http.response.start" and not reply.status:
            reply.status = int(data.get("status", 0))
            reply.headers = [(bytes(name), bytes(value)) for name, value in data.get("headers") or ()]
        elif data.get("type") == "http.response.body" and not reply.complete:  # what comes later is lost
            pieces.append(bytes(data.get("body") or b""))
            reply.first, reply.last = reply.first or at, at
            reply.complete = not data.get("more_body", False)
    reply.body = b"".join(pieces)
    if not reply.status and call.end:
        reply.status, reply.complete = 500, True  # what every server makes of it
    return reply


def _heard(call: Call) -> Heard:
    heard = Heard()
    for _, kind, data in call.steps:
        if kind == t.SEND and isinstance(data, dict):
            _take(heard, data)
    if not heard.reply.status and call.end:
        heard.reply.status = 500 if call.error else 403
    accepted_only = heard.accepted and not heard.closed
    if call.error and not heard.closed:
        heard.how = f"raises {call.error}"
    elif accepted_only and call.end and not call.received("websocket.disconnect"):
        heard.how = "returns"
    return heard


def _take(heard: Heard, event: dict[str, Any]) -> None:
    kind = event.get("type")
    if kind == "websocket.accept":
        heard.reply.status = 101
        heard.reply.headers = [(bytes(a), bytes(b)) for a, b in event.get("headers") or ()]
        if event.get("subprotocol") is not None:
            heard.reply.headers.append((b"sec-websocket-protocol", event["subprotocol"].encode()))
    elif kind == "websocket.send":
        text = event.get("text")
        heard.messages.append(bytes(event.get("bytes") or b"") if text is None else text)
    elif kind == "websocket.close":
        if heard.accepted:
            heard.closed, heard.code = True, event.get("code", 1000)
            heard.reason = event.get("reason") or ""
        else:
            heard.reply.status = 403
    elif kind == "websocket.http.response.start":
        heard.reply.status = int(event.get("status", 0))
    elif kind == "websocket.http.response.body":
        heard.reply.body += bytes(event.get("body") or b"")
