"""The server's and client's side of one exchange as a pure state machine: no task, no clock, no I/O.

It is stepped by the app's calls of receive and send, by scheduler passes and by idle moments, and it
tells the backend, its stage's hands, what has to be woken or cancelled.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from asgisim.drive.sim.snapshot import Room, outline, shortened, snapshot, twins, weight, zeros
from asgisim.model import trace as t
from asgisim.model.scenario import Act, Exchange
from asgisim.model.trace import Step

if TYPE_CHECKING:
    from asgisim.drive.sim.stage import Stage


class ClientGone(OSError):
    """The server's own error: send was called after the client had left."""


WAIT = object()  # take: nothing there yet
PARK = object()  # take, accept: never return; the call is given up from outside
BLOCKED = object()  # accept: wait until woken, then call resume
DONE = object()

_step = tuple.__new__  # a Step without the detour over its __new__: this is the hottest line
_CLIENTS = ("http", "websocket")  # the protocols where there is somebody who can leave
_CARRIERS = ("body", "bytes", "text")
_FREE = 20  # steps of an exchange in which only bodies are weighed
_TEXTS = (bytes, bytearray, str)
_STARTS = {"websocket": "websocket.connect", "lifespan": "lifespan.startup"}


class Peer:
    """One exchange under way."""

    # How every exchange begins; here, since there are many exchanges and most fields never change.
    cursor = 0
    armed = ""  # the gate of the step that comes next
    seen = 0  # events of that gate
    deadline: float | None = None
    count = 0  # trace steps
    begun = False  # the app made its first step
    over = False  # the call has ended or was dropped
    whole = False  # the last part of the request body was made available
    started = False  # response started, websocket answered, lifespan.startup answered
    complete = False  # response complete, websocket closed or refused by the app, lifespan stopped
    failed = False  # lifespan.startup.failed
    accepted = False
    trailers = False
    gone = False  # the client left, or the server cancelled
    farewell: dict[str, Any] | None = None
    told = False  # websocket.disconnect or lifespan.shutdown was delivered
    shutdown: dict[str, Any] | None = None
    blocked = False
    cancel_due = False
    cancelled = ""
    gave_up = False
    parked = False
    late = 0
    late_receives = 0
    body = 0

    def __init__(self, stage: Stage, index: int, exchange: Exchange) -> None:
        self.stage = stage
        self.steps = stage.steps
        self.index = index
        self.exchange = exchange
        self.protocol = exchange.protocol
        self.script = exchange.script
        self.inbox: deque[Any] = deque()
        first = _STARTS.get(self.protocol)
        if first is not None:
            self.inbox.append({"type": first})
        self.held: list[Any] = []  # websocket messages that wait for the accept
        self.room = Room()  # in copies of what the app sends

    # Writing the trace

    def note(self, kind: str, data: Any) -> None:
        """Add a step to the trace."""
        self.count += 1
        self.steps.append(_step(Step, (kind, data, self.index, self.stage.now)))

    def fact(self, name: str, detail: str, where: list[str] | None = None) -> None:
        """Record a fact under its robust rule, with the await chains of the exchange unless given."""
        chain = self.stage.hands.chains(self) if where is None else where
        self.note(t.FACT, {"rule": f"robust.{name}", "detail": detail, "where": chain})

    # The script

    def arm(self) -> None:
        """Fire the steps that are due at once, and arm the next."""
        script = self.script
        while self.cursor < len(script) and not self.over:
            step = script[self.cursor]
            if step[1] != 0:
                self.armed, self.seen = step[0], 0
                self.deadline = self.stage.clock + step[1] if step[0] == "sleep" else None
                return
            self.cursor += 1
            self._act(step)
        self.armed, self.deadline = "", None

    def gate(self, name: str) -> bool:
        """An event of this gate; True if a step fired."""
        if self.armed != name or self.over:
            return False
        self.seen += 1
        return self.seen >= self.script[self.cursor][1] and self.fire()

    def fire(self) -> bool:
        """Fire the armed step, also when its gate has not opened; False if the script is over."""
        if self.cursor >= len(self.script):
            return False
        step = self.script[self.cursor]
        self.cursor += 1
        self.stage.progress()
        self._act(step)
        self.arm()
        return True

    @property
    def about_to_leave(self) -> bool:
        """Whether this idle moment makes the client leave, with nothing else left to come from it."""
        if not self.begun or self.script_over or self.blocked or self.gone or self.cancelled:
            return False
        step = self.script[self.cursor]
        leaves = all(one[2] == "disconnect" for one in self.script[self.cursor :])
        return leaves and step[0] == "idle" and self.seen + 1 >= step[1]

    @property
    def script_over(self) -> bool:
        """Whether no step is left."""
        return self.cursor >= len(self.script)

    def _act(self, step: Act) -> None:
        act, arg = step[2], step[3]
        if act == "event":
            self._event(arg)
        elif act == "force":
            if isinstance(arg, dict) and arg.get("type") == "http.request" and not arg.get("more_body"):
                self.whole = True
            self._put(arg)
        elif act == "disconnect":
            self.leave(arg)
        elif act == "block":
            self.blocked = self.protocol != "lifespan"  # nobody reads there, so nobody is slow
        elif act == "unblock":
            self.unblock()
        elif act == "cancel":
            self.cancel_due = self.cancel_due or not self.cancelled
        elif act == "shutdown":
            self.stage.shut_down()

    def _event(self, event: dict[str, Any]) -> None:
        kind = event.get("type") if isinstance(event, dict) else None
        if kind == "http.request" and self.protocol == "http":
            if not (self.whole or self.gone or self.complete):
                self.whole = not event.get("more_body")
                self._put(event)
        elif kind == "http.disconnect" and self.protocol == "http":
            self.leave(None, event)
        elif self.protocol == "websocket" and kind == "websocket.receive":
            if self.gone or self.complete:
                return
            if self.accepted:
                self._put(event)
            else:
                self.held.append(event)
        elif self.protocol == "websocket" and kind == "websocket.disconnect":
            arg = {key: event[key] for key in ("code", "reason") if key in event}
            self.leave(None if event.get("code") == 1006 else arg, event)
        elif kind is not None and kind == _STARTS.get(self.protocol):
            self._replace_start(event)
        elif self.protocol == "lifespan" and kind == "lifespan.shutdown":
            self.shutdown = event

    def _replace_start(self, event: dict[str, Any]) -> None:
        if self.inbox and isinstance(self.inbox[0], dict) and self.inbox[0] == {"type": event["type"]}:
            self.inbox[0] = event

    def _put(self, event: Any) -> None:
        self.inbox.append(event)
        self.stage.hands.wake(self)

    def leave(self, how: Any = None, event: dict[str, Any] | None = None) -> None:
        """The client goes away. how: None, or for WebSocket the close frame's code and reason."""
        if self.gone or self.over or self.protocol not in _CLIENTS:
            return
        if self.protocol == "websocket" and self.complete:
            return
        self.gone = True
        self.stage.left()
        self.note(t.LEFT, _how(self.protocol, how))
        self.farewell = event or self._farewell(how)
        self.stage.hands.wake(self)

    def _farewell(self, how: Any) -> dict[str, Any]:
        if self.protocol == "http":
            return {"type": "http.disconnect"}
        if not isinstance(how, dict):
            return {"type": "websocket.disconnect", "code": 1006}
        event = {"type": "websocket.disconnect", "code": how.get("code", 1005)}
        return {**event, "reason": how["reason"]} if "reason" in how else event

    def unblock(self) -> bool:
        """Let blocked sends go on; True if there was a block."""
        was, self.blocked = self.blocked, False
        if was:
            self.stage.hands.wake(self)
        return was

    def shut(self) -> None:
        """The server stops: lifespan.shutdown becomes available, once."""
        if not self.told:
            self.told = True
            self.stage.progress()
            self._put(self.shutdown or {"type": "lifespan.shutdown"})

    def tick(self) -> None:
        """One scheduler pass, counted from the app's first step."""
        if not self.begun or self.over:
            return
        self.gate("tick")
        if self.cancel_due:
            self.cancel_due = False
            self.cancel("script")

    def cancel(self, why: str) -> None:
        """The server cancels the call."""
        self.cancelled = why
        self.stage.left()
        self.note(t.CANCEL, why)
        self.stage.hands.cancel(self)

    # What the app does

    def take(self) -> Any:
        """The next event for receive; WAIT if there is none yet, PARK if the caller must never return."""
        if self.protocol == "http" and self.complete and not self.gone:
            self.inbox.clear()
        if self.inbox:
            return self._deliver(self.inbox.popleft())
        if not (self.gone or (self.complete and self.protocol in _CLIENTS)):
            return WAIT
        self.late_receives += 1
        if self.late_receives > self.stage.limits.late:
            return self._flooded("receive", self.late_receives)
        if self.farewell is None:
            self.farewell = {"type": "http.disconnect"}
        return self._deliver(self.farewell)

    def _deliver(self, event: Any) -> Any:
        stage = self.stage
        stage.passes = stage.quiet = 0  # progress
        theirs, ours = twins(event)
        self.note(t.RECEIVE, ours)
        return theirs

    def accept(self, event: Any) -> Any:
        """send was called. DONE, BLOCKED or PARK; raises ClientGone. The event itself is left as it is."""
        if self.armed == "presend":
            self.gate("presend")
        self.note(t.SEND, self._snapshot(event))
        if self.gone or self.complete or self.over:
            return self._late()
        stage = self.stage
        stage.passes = stage.quiet = 0  # progress
        if isinstance(event, dict):
            self._track(event)
        if self.count > stage.limits.steps or self.body > stage.limits.total:
            if self.protocol not in _CLIENTS:
                return self._flooded("send", self.count)
            self.note(t.NOTE, f"the client leaves after {self.count} steps and {self.body} bytes")
            self.leave()
        elif self.blocked:
            self.note(t.SENT, "blocked")
            return BLOCKED
        if self.armed == "send":
            self.gate("send")
        return DONE

    def resume(self) -> Any:
        """A blocked send was woken: as accept."""
        if self.blocked and not (self.gone or self.over):
            return BLOCKED
        if self.gone:
            return self._late()
        self.note(t.SENT, "resumed")
        self.gate("send")
        return DONE

    def _late(self) -> Any:
        self.late += 1
        if self.late > self.stage.limits.late:
            return self._flooded("send", self.late)
        closed = self.gone or (self.complete and self.protocol == "websocket")
        if closed and self._raises():
            error = ClientGone("the client has gone")
            self.note(t.SENT, f"ClientGone: {error}")
            self.gate("send")
            raise error
        self.gate("send")
        return DONE

    def _raises(self) -> bool:
        """Whether a late send raises."""
        how = self.exchange.options.late_send
        return how == "raise" or (how == "auto" and _since_2_4(self.exchange.scope))

    def _flooded(self, call: str, times: int) -> Any:
        if not self.parked:
            self.parked = True
            moment = "the client has gone" if self.gone else "all is sent" if self.complete else "the start"
            self.fact("flood", f"{call} was called {times} times after {moment}")
        return PARK

    def _snapshot(self, event: Any) -> Any:
        copy = snapshot(event, 0, self.room)
        if type(copy) is not dict:
            return copy
        limits = self.stage.limits
        for key in _CARRIERS:
            if key not in copy:
                continue
            part = copy[key]
            if part and isinstance(part, _TEXTS):
                before, self.body = self.body, self.body + len(part)
                if self.body > limits.recorded:
                    copy[key] = zeros(len(part)) if not isinstance(part, str) else part[:64]
                    if before <= limits.recorded:
                        self.note(t.NOTE, f"from here on bodies are recorded as zeros: over {before} bytes")
        if self.count > _FREE:  # of an app that sends that much, all that it sends is counted
            self.body += weight(copy)
            if self.body > limits.total:
                return outline(copy)
        headers = copy.get("headers")
        if headers and type(headers) is list:
            copy["headers"] = shortened(headers)
        return copy

    def _track(self, event: dict[str, Any]) -> None:
        """The few states the server needs to know: answered, accepted, complete."""
        kind = event.get("type")
        if not isinstance(kind, str) or not kind.startswith(self.protocol):
            return  # an event of another protocol: no server makes anything of it
        track = _TRACKED.get(kind)
        if track is not None:
            track(self, event)
            if self.complete:
                if self.protocol == "websocket" and self.farewell is None:
                    self.farewell = {"type": "websocket.disconnect", "code": 1006}
                self.stage.hands.wake(self)

    def _response_start(self, event: dict[str, Any]) -> None:
        self.trailers = self.trailers or (not self.started and bool(event.get("trailers")))
        self.started = True

    def _response_body(self, event: dict[str, Any]) -> None:
        if self.started and not self.accepted and not event.get("more_body"):
            self.complete = not self.trailers

    def _response_path(self, event: dict[str, Any]) -> None:
        self._response_body({})  # a file is always the whole body

    def _response_trailers(self, event: dict[str, Any]) -> None:
        self.complete = self.started and not event.get("more_trailers")

    def _accept(self, event: dict[str, Any]) -> None:
        if not self.started:
            self.started = self.accepted = True
            self.inbox.extend(self.held)
            self.held.clear()

    def _close(self, event: dict[str, Any]) -> None:
        self.started = self.complete = True
        code = event.get("code") if self.accepted else 1006
        self.farewell = {"type": "websocket.disconnect", "code": code if type(code) is int else 1000}

    def _startup_complete(self, event: dict[str, Any]) -> None:
        self.started = True
        self.failed = False

    def _startup_failed(self, event: dict[str, Any]) -> None:
        self.started = self.failed = True

    def _shutdown_done(self, event: dict[str, Any]) -> None:
        self.complete = self.complete or self.told


_TRACKED = {
    "http.response.start": Peer._response_start,
    "http.response.body": Peer._response_body,
    "http.response.zerocopysend": Peer._response_body,
    "http.response.pathsend": Peer._response_path,
    "http.response.trailers": Peer._response_trailers,
    "websocket.http.response.start": Peer._response_start,
    "websocket.http.response.body": Peer._response_body,
    "websocket.http.response.zerocopysend": Peer._response_body,
    "websocket.http.response.pathsend": Peer._response_path,
    "websocket.http.response.trailers": Peer._response_trailers,
    "websocket.accept": Peer._accept,
    "websocket.close": Peer._close,
    "lifespan.startup.complete": Peer._startup_complete,
    "lifespan.startup.failed": Peer._startup_failed,
    "lifespan.shutdown.complete": Peer._shutdown_done,
    "lifespan.shutdown.failed": Peer._shutdown_done,
}


def _how(protocol: str, how: Any) -> Any:
    if protocol == "websocket":
        return how if isinstance(how, dict) else "lost"
    return "closed"


def _since_2_4(scope: Any) -> bool:
    versions = scope.get("asgi")
    announced = versions.get("spec_version") if isinstance(versions, dict) else None
    try:
        return tuple(map(int, announced.split("."))) >= (2, 4) if isinstance(announced, str) else False
    except ValueError:
        return False
