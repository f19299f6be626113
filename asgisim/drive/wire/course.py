"""One run against a server with the puppet inside: the steps in order, and what came of each."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING, Any

from asgisim.drive.puppet import TOLD_TO
from asgisim.drive.wire import frames, http, matching, record
from asgisim.drive.wire.client import Client
from asgisim.drive.wire.controller import Call
from asgisim.drive.wire.record import IN_RECEIVE, UNMATCHED, Heard, Record
from asgisim.drive.wire.script import Step, WireScenario
from asgisim.model import codec
from asgisim.model.trace import CANCEL, LEFT, NOTE, RAISE, RECEIVE, RETURN, SCOPE, SEND, SENT, WAIT
from asgisim.model.trace import Step as TraceStep

if TYPE_CHECKING:
    from asgisim.drive.wire.play import Session

ENDING = 2.0  # seconds that a call has to end once it was told to
LOGGING = 0.05  # seconds in which a server has written what it has to say
SETTLING = 0.02  # seconds that a call may come after the server has ended all connections

_Orders = list[tuple[dict[str, Any], float]]  # orders, each with the seconds that its answer may take


class Taken:
    """A call that a run has taken, with what was ordered and is not yet answered."""

    def __init__(self, call: Call, index: int) -> None:
        self.call = call
        self.index = index
        self.given: _Orders | None = None  # what it was ordered before it came


class Course:
    """One run of a scenario over a session. Subclasses say what is another's part."""

    def __init__(self, session: Session, scenario: WireScenario) -> None:
        self.session = session
        self.hub = session.hub
        self.scenario = scenario
        self.record = Record()
        self.waits = 0  # that came to their bound
        self.clients: dict[int, Client] = {}
        self.calls: list[Taken] = []
        self._lefts: dict[int, str] = {}  # connections that we have ended, and how
        self._asked = 0  # requests that went out
        self._run = next(matching.RUNS)
        self._several = len({step.number for step in scenario.steps if step.who == "client"}) > 1
        self._ahead: tuple[_Orders, Any] | None = None  # what was ordered before its call came
        self.begun = time.monotonic()

    def play(self) -> Record:
        self.session.controller.calls.clear()
        same = any(step.act == "raise" and step.arg == {"error": "same"} for step in self.scenario.steps)
        log = len(self.session.running.log()) if same else 0
        try:
            groups = [list(group) for _, group in groupby(self.scenario.steps, _batch)]
            for group, following in zip_longest(groups, groups[1:]):
                self._look_ahead(group[0], following)
                self.do(group)
                if self._suspect() and self._died():
                    break
        finally:
            self.finish()
            self._died()
            if same:  # what the server makes of its own error shows in its log
                self.hub.sleep(LOGGING)
                self.record.log = self.session.running.log()[log:]
                self._died()
        return self.record

    def _look_ahead(self, step: Step, following: list[Step] | None) -> None:
        """Order what the next call shall do before the request that brings it: it need not ask and wait."""
        if step.who != "client" or step.act not in ("send", "request", "handshake"):
            return
        self._asked += 1 if step.act != "send" else 1000  # what raw bytes bring is not known
        # Another call that is still under way would take the orders.
        if self._asked != len(self.calls) + 1 or step.act == "send" or not following:
            return
        first = following[0]
        if first.who != "app" or first.act == "called" or first.number != len(self.calls):
            return
        # A request that comes in parts could be waited for in the middle.
        if not isinstance(step.arg, dict) or step.arg.get("pause") or self.session.own_lifespan:
            return
        made = [self._order(one) for one in following]
        line = self.session.controller.order_ahead([order for order, _ in made])
        if line is not None:
            self._ahead = made, line

    def do(self, steps: list[Step]) -> None:
        """Do some steps: one of a client, or what one call is told in a row."""
        if steps[0].who == "client":
            self._client(steps[0])
        elif steps[0].who == "app":
            self._app(steps[0].number, steps)

    def _suspect(self) -> bool:
        """Whether the server may have died: a connection has ended, or none was to be had."""
        if not self.clients:
            return True
        ended = any(client.end for client in self.clients.values())
        return ended or any(taken.call.ended == "lost" for taken in self.calls)

    def _died(self) -> bool:
        status = self.session.running.process.poll()
        told = any(fact["what"] == "server-died" for fact in self.record.facts)
        if status is not None and not told:
            self._fact("server-died", f"exit status {status}")
        for taken in [] if told else self.calls:
            if taken.call.ended == "lost" and _gone(taken.call.pid):
                self._fact("server-died", f"the worker process of call {taken.index} is gone")
                break
        return status is not None

    def _fact(self, what: str, detail: str) -> None:
        self.record.facts.append({"what": what, "detail": detail})

    # The client's side

    def _heard(self, kind: str, data: Any, index: int) -> None:
        self.record.client.append(Heard(kind, data, index, time.monotonic() - self.begun))

    def _client(self, step: Step) -> None:
        if step.act == "wait":
            self.hub.sleep(float(step.arg or 0))
            return
        client = self.clients.get(step.number)
        if client is None:
            if step.act in ("response", "frames", "eof", "see", "half", "close", "reset"):
                self._heard(record.SKIPPED, f"{step.act} without a connection", step.number)
                return
            client = self._connect(step.number)
        if client is None or client.closed:
            self._heard(record.SKIPPED, f"{step.act} on a closed connection", step.number)
            return
        getattr(self, f"_client_{step.act}")(client, step.number, step.arg)

    def _connect(self, index: int) -> Client | None:
        try:
            client = self.session.connect()
        except OSError as error:
            self._heard(record.REFUSED, str(error), index)
            return None
        self.clients[index] = client
        told: dict[str, Any] = {"local": client.local, "peer": client.peer}
        told.update({"tls": client.secure.facts()} if client.secure else {})
        self._heard(record.CONNECTED, told, index)
        return client

    def _client_send(self, client: Client, index: int, arg: Any) -> None:
        told: dict[str, Any] = arg if isinstance(arg, dict) else {"data": arg or b""}
        self._heard(record.WROTE, told["data"], index)
        client.send(told["data"], told.get("cuts", ()), told.get("pause", 0.0))

    def _client_request(self, client: Client, index: int, arg: Any) -> None:
        told: dict[str, Any] = dict(arg or {})
        cuts, pause = told.pop("cuts", ()), told.pop("pause", 0.0)
        told = matching.marked(told, self._run, index) if self._several else told
        raw = http.compose(**told)
        client.methods.append(told.get("method", b"GET"))
        self._heard(record.REQUEST, {**told, "raw": raw}, index)
        client.send(raw, cuts, pause)

    def _client_handshake(self, client: Client, index: int, arg: Any) -> None:
        told: dict[str, Any] = dict(arg or {})
        lines = frames.handshake_headers(
            told.pop("key", frames.KEY),
            told.pop("ws_version", b"13"),
            told.pop("subprotocols", ()),
            told.pop("extensions", None),
        )
        self._client_request(client, index, {**told, "headers": [*lines, *told.get("headers", ())]})

    def _client_response(self, client: Client, index: int, arg: Any) -> None:
        response = client.response(self._bound(arg))
        if response.raw:
            self._heard(record.RESPONSE, response, index)
        elif client.end:
            self._heard(record.END, client.end, index)
        else:
            self._heard(record.NOTHING, "response", index)

    def _client_frame(self, client: Client, index: int, arg: Any) -> None:
        told: dict[str, Any] = dict(arg or {"opcode": "text"})
        if "code" in told or "reason" in told:
            told["data"] = frames.close_payload(told.pop("code", None), told.pop("reason", b""))
        cuts, pause = told.pop("cuts", ()), told.pop("pause", 0.0)
        raw = frames.compose(**told)
        self._heard(record.FRAME_OUT, {**told, "raw": raw}, index)
        client.send(raw, cuts, pause)

    def _client_frames(self, client: Client, index: int, arg: Any) -> None:
        told = arg if isinstance(arg, dict) else {"count": arg or 1}
        left, deadline = told.get("count", 1_000_000), time.monotonic() + self._bound(told)
        while left > 0:
            frame = client.frame(max(0.0, deadline - time.monotonic()))
            if frame is None:
                if client.end:
                    self._heard(record.END, client.end, index)
                else:
                    self._heard(record.NOTHING, "frame", index)
                return
            self._heard(record.FRAME, frame, index)
            left -= 1
            if frame.opcode == 8:
                return

    def _client_eof(self, client: Client, index: int, arg: Any) -> None:
        end = client.await_end(self._bound(arg))
        self._heard(record.END if end else record.NOTHING, end or "end", index)

    def _client_see(self, client: Client, index: int, arg: Any) -> None:
        told: dict[str, Any] = arg if isinstance(arg, dict) else {}
        wanted = told.get("contains", b"")
        self.hub.until(
            lambda: (wanted and wanted in client.buffer) or client.end or client.closed, self._bound(told)
        )
        self._heard(record.SEEN, {"contains": wanted, "data": bytes(client.buffer)}, index)

    # Written down before it is done: the server may tell of it at once.

    def _client_half(self, client: Client, index: int, _: Any) -> None:
        self._heard(record.HALF, None, index)
        self._left(index, "half-closed")
        client.half_close()

    def _client_close(self, client: Client, index: int, _: Any) -> None:
        self._heard(record.CLOSED, "close", index)
        self._left(index, "closed")
        client.close()

    def _client_reset(self, client: Client, index: int, _: Any) -> None:
        self._heard(record.CLOSED, "reset", index)
        self._left(index, "lost")
        client.close(reset=True)

    def _left(self, connection: int, how: str) -> None:
        self._lefts[connection] = how
        for call, other in self.record.pairs.items():
            if other == connection and not self.calls[call].call.ended:
                self._add(LEFT, how, call)
        for call, among in self.record.unsure.items():
            if connection in among and not self.calls[call].call.ended:
                self._add(LEFT, how, call)  # it may have been its client

    def _bound(self, arg: Any) -> float:
        return float(arg.get("bound", self.scenario.bound)) if isinstance(arg, dict) else self.scenario.bound

    # The application's side

    def _add(self, kind: str, data: Any, call: int, when: float | None = None) -> None:
        told = (time.monotonic() if when is None else when) - self.begun
        self.record.app.steps.append(TraceStep(kind, data, call, told))

    def _app(self, number: int, steps: list[Step]) -> None:
        if number >= len(self.calls):
            self._await_call(number, self._bound(steps[0].arg))
            self._revoke(steps)
        if steps[0].act != "called" and number < len(self.calls):
            self._obey(self.calls[number], steps)

    def _await_call(self, number: int, bound: float) -> None:
        """Take calls until there are as many as this number says."""
        calls = self.session.controller.calls
        while len(self.calls) <= number:
            self.hub.until(lambda: calls or self._all_ended() or self._refused(), bound)
            if not calls and (self._all_ended() or self._refused()):
                # No request is left that could bring one: what was under way comes now.
                self.hub.until(lambda: calls, min(bound, SETTLING))
            elif not calls:
                self.waits += 1
            if not calls:
                self._fact("no-call", f"call {len(self.calls)} did not come within {bound} s")
                return
            self._take_call(calls.popleft())

    def _all_ended(self) -> bool:
        """Whether the server has ended every connection."""
        return bool(self.clients) and all(client.end for client in self.clients.values())

    def _refused(self) -> bool:
        """Whether the server has answered the first request without calling the app."""
        if self.calls or len(self.clients) > 1:
            return False
        return any(client.refused() for client in self.clients.values())

    def _revoke(self, steps: list[Step]) -> None:
        """What was ordered ahead is done by the call that took it, or by none."""
        if self._ahead is None:
            return
        (made, line), self._ahead = self._ahead, None
        taken = self.calls[steps[0].number] if steps[0].number < len(self.calls) else None
        if taken is not None and taken.call.line is line and taken.call.ahead:
            taken.given = made
        self.session.controller.revoke(line)

    def _take_call(self, call: Call) -> None:
        if call.kind == "lifespan":
            return  # one more than there should be, which is told at the end
        if self._is_late(call):
            call.order("return")
            return
        taken = Taken(call, len(self.calls))
        self.calls.append(taken)
        connection, way, among = self._match(call)
        if connection is not None:
            self.record.pairs[taken.index] = connection
            self.record.ways[taken.index] = way
        self._add(SCOPE, call.scope, taken.index, call.time)
        if among:
            self._unsure(taken.index, among)
        if call.named:
            self._add(NOTE, {"named": call.named}, taken.index, call.time)
        self._same_loop(call)
        for left in [one for one in (connection, *among) if one in self._lefts][:1]:
            self._add(LEFT, self._lefts[left], taken.index)

    def _unsure(self, call: int, among: Sequence[int]) -> None:
        """Nobody knows to which of these connections a call belongs: nothing is said of them."""
        self.record.unsure[call] = tuple(among)
        detail = f"call {call} may be of any of the connections {', '.join(map(str, among))}"
        self._fact(UNMATCHED, detail)
        self._add(NOTE, detail, call)

    def _is_late(self, call: Call) -> bool:
        """Whether a call is of the run before: its request came too late for that."""
        peer = call.scope.get("client") if isinstance(call.scope, dict) else None
        port = str(peer[1]) if isinstance(peer, list | tuple) and len(peer) == 2 else ""
        if self._marks(call.scope) == {matching.NOWHERE}:
            return True
        return port in self.session.past and port not in self._ports()

    def _ports(self) -> frozenset[str]:
        ends = [client.local for client in self.clients.values()]
        return frozenset(str(end[1]) for end in ends if isinstance(end, tuple))

    def _same_loop(self, call: Call) -> None:
        """A lifespan of the same process in another thread is one of another loop."""
        where = [one.info["thread"] for one in self.session.controller.lifespans if one.pid == call.pid]
        if where and call.info["thread"] not in where:
            self._fact("other-loop", f"a call in {call.info['thread']!r}, the lifespan in {where[0]!r}")

    def _match(self, call: Call) -> matching.Match:
        return matching.find(call.scope, self._marks(call.scope), self.clients, self.record)

    def _marks(self, scope: Any) -> set[int]:
        return matching.marks(scope, self._run)

    def _order(self, step: Step) -> tuple[dict[str, Any], float]:
        """The order for a step, and the seconds that its answer may take."""
        bound, arg = self._bound(step.arg), step.arg
        if step.act == "receive":
            return {"do": "receive", "bound": bound, **_only(arg, "more", "future")}, bound
        if step.act == "body":
            return {"do": "body", "bound": bound}, bound
        if step.act in ("send", "together"):
            events = [codec.encode(one) for one in (arg if isinstance(arg, list) else [arg])]
            told = {"together": True} if step.act == "together" else {}
            return {"do": "send", "events": events, "bound": self.scenario.bound, **told}, self.scenario.bound
        if step.act == "return":
            return {"do": "return", "value": codec.encode(arg)}, ENDING
        if step.act == "raise":
            error = arg if isinstance(arg, dict) else {"error": arg or "RuntimeError"}
            return {"do": "raise", **_only(error, "error", "text")}, ENDING
        if step.act == "wait":
            return {"do": "wait", "seconds": float(arg or 0)}, float(arg or 0) + ENDING
        if step.act == "put":
            path, value = arg
            return {"do": "put", "path": list(path), "value": codec.encode(value)}, ENDING
        return {"do": step.act}, ENDING

    def _obey(self, taken: Taken, steps: Sequence[Step]) -> None:
        """Give the orders of some steps at once, wait for the answers and write down what is told."""
        if taken.call.ended and taken.given is None:
            self._add(NOTE, f"{steps[0].act} after the call has ended", taken.index)
            return
        given, taken.given = taken.given, None
        made = given or [self._order(step) for step in steps]
        orders = [order for order, _ in made]
        numbers = taken.call.ahead if given else taken.call.order_all(orders)
        call, last = taken.call, numbers[-1]
        # The puppet minds the bounds; the second more is for a server that blocks it.
        seconds = sum(bound for _, bound in made) + 1.0
        answered = self.hub.until(lambda: call.busy != last or call.ended, seconds)
        self._drain(taken)
        if not answered:
            self._fact("stuck", f"call {taken.index} did not answer {orders[-1]['do']!r} in {seconds:.1f} s")

    def _drain(self, taken: Taken) -> None:
        while taken.call.reports:
            self._write_down(taken, taken.call.reports.popleft())

    def _write_down(self, taken: Taken, told: dict[str, Any]) -> None:
        index, when = taken.index, told["t"]
        order = taken.call.orders.get(told.get("n", 0), {})
        if "got" in told:
            self._add(RECEIVE, codec.decode(told["got"]), index, when)
            if "subclasses" in told:
                self._add(NOTE, {"subclasses": told["subclasses"]}, index, when)
        elif "late" in told:
            if order.get("do") in ("receive", "body"):
                self._add(WAIT, None, index, when)
            else:
                at_once = {"together": told["n"]} if order.get("together") else {}
                for number in told["left"] if at_once else told["left"][:1]:
                    self._add(NOTE, {"sending": _event(order, number), **at_once}, index, when)
                self._add(SENT, "blocked", index, when)
        elif "sent" in told or "refused" in told:
            if order.get("together"):
                self._add(NOTE, {"together": told["n"]}, index, when)
            self._add(SEND, _event(order, told["refused" if "refused" in told else "sent"]), index, when)
            if "refused" in told:
                self._add(SENT, told["error"], index, when)
            elif told["value"] is not None:
                self._add(NOTE, f"send gave {told['value']!r}", index, when)
        elif "done" in told and order.get("do") == "put":
            self._add(NOTE, {"put": order["path"], "value": codec.decode(order["value"])}, index, when)
        elif "failed" in told:
            self._add(NOTE, {"failed": order.get("do"), "error": told["failed"]}, index, when)
        elif "returns" in told:
            self._add(RETURN, codec.decode(order.get("value")), index, when)
        elif "raises" in told:
            error = told["raises"]
            own = order.get("error") != "same" or error["text"] == TOLD_TO  # there was nothing to raise again
            about = {"type": error["type"], "text": error["text"], "where": [], "own": own}
            self._add(RAISE, about, index, when)
        elif "cancelled" in told:
            where = IN_RECEIVE if told.get("in") in ("receive", "body") else ""
            self._add(CANCEL, f"the server cancelled the call{where}", index, when)
        elif "scope" in told:
            self._add(NOTE, {"scope": codec.decode(told["scope"])}, index, when)

    # The end of a run

    def finish(self) -> None:
        """End what is still open, so that the next run finds a quiet server."""
        if self._ahead is not None:
            self.session.controller.revoke(self._ahead[1])
        self._end_all()
        # A report may come later than what it tells of: an event that a late receive gave.
        self.record.app.steps.sort(key=lambda step: step.time)

    def _end_all(self) -> None:
        for index, client in self.clients.items():
            self.hub.pump(0)
            if client.buffer:
                self._heard(record.EXTRA, bytes(client.buffer), index)
            if client.end:
                self.record.ends[index] = getattr(client, "ended", time.monotonic()) - self.begun
            if client.end and not self.record.of(index, record.END):
                self._heard(record.END, client.end, index)
        for taken in self.calls:
            self._drain(taken)
            if not taken.call.ended and not taken.call.busy:
                self._add(NOTE, "the scenario is over", taken.index)
                taken.call.order("return")
        for client in self.clients.values():
            client.close()
        for taken in self.calls:
            call = taken.call
            if not self.hub.until(lambda call=call: call.ended, ENDING):  # type: ignore[misc]
                self._fact("stuck", f"call {taken.index} did not end within {ENDING} s")
                call.line.close()
            self._drain(taken)
        for call in self.session.controller.calls:
            self._fact("unexpected-call", f"{call.kind} call that the scenario did not await")
            self._add(NOTE, {"unexpected": call.scope}, len(self.calls))
            call.order("return")
        self.session.controller.calls.clear()
        self.session.past = self._ports()


def _event(order: dict[str, Any], number: int) -> Any:
    """The event that a report tells of; None for the order of an earlier run, which came late."""
    events = order.get("events", ())
    return codec.decode(events[number]) if number < len(events) else None


def _gone(pid: int) -> bool:
    """Whether there is no such process, or only what its parent has not buried yet."""
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except ProcessLookupError:
        return True
    except OSError:
        return False  # a system without /proc


def _batch(step: Step) -> tuple[str, int, str | int]:
    """Steps with equal keys are done in one go: what one call is told in a row."""
    if step.who in ("app", "lifespan") and step.act != "called":
        return step.who, step.number, "orders"
    return step.who, step.number, id(step)


def _only(arg: Any, *keys: str) -> dict[str, Any]:
    return {key: arg[key] for key in keys if key in arg} if isinstance(arg, dict) else {}
