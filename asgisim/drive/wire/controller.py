"""The controller's side of the puppet: it hears of calls and gives orders."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from asgisim.drive.puppet import READ
from asgisim.drive.wire.hub import Hub
from asgisim.model import codec

_PACKAGE = Path(__file__).resolve().parents[2]
# And their empty packages: all that the puppet, or the watched app, needs.
_NEEDED = ("model/codec.py", "drive/puppet.py", "drive/mirror.py", "drive/watched.py")
LINE_MAX = 256 << 20  # bytes that a puppet may tell at once
REVOKED = 64  # orders that are kept, since the call may have begun before the puppet hears of it
Report = dict[str, Any]
_ENCODE = json.JSONEncoder(separators=(",", ":")).encode


class Call:
    """One call of the puppet application. scope: as it was when the call began. time: of its beginning.

    reports: what was told and not yet taken. ended: "" while it lasts, else returned, raised, cancelled or
    lost (the puppet's connection broke). orders: by their numbers, which no other order of the line has.
    ahead: the numbers of those that were given before it came, and not revoked.
    """

    def __init__(self, line: _Line, scope: Any, when: float) -> None:
        self.line = line
        self.scope = scope
        self.time = when
        self.reports: deque[Report] = deque()
        self.ended = ""
        self.busy = 0  # the number of the order that has not been answered in full, or 0
        self.info = line.info
        self.named: list[str] = []  # what the app was given by name
        self._last = ""
        # What was revoked may be among them: the call may have begun before the puppet heard of that.
        self.number = line.calls
        self.orders = line.waiting
        self.ahead = line.ahead
        if self.ahead:
            self._expect(self.ahead[-1])

    @property
    def kind(self) -> str:
        """The type of the scope, or an empty str."""
        found = self.scope.get("type") if isinstance(self.scope, dict) else None
        return found if isinstance(found, str) else ""

    @property
    def pid(self) -> int:
        """The process in which the call runs."""
        return int(self.info.get("pid", 0))

    def order(self, do: str, **rest: Any) -> int:
        """Give an order; returns its number."""
        return self.order_all([{"do": do, **rest}])[0]

    def order_all(self, orders: Sequence[dict[str, Any]]) -> list[int]:
        """Give orders to be done one after the other, in one writing; returns their numbers."""
        numbers = self.line.give(orders, self.number, self.orders)
        self._expect(numbers[-1])
        return numbers

    def _expect(self, number: int) -> None:
        self.busy = number
        self._last = self.orders[number]["do"]

    def hear(self, report: Report) -> None:
        """Take in one report."""
        self.reports.append(report)
        if "returns" in report:
            self.ended = "returned"
        elif "raises" in report:
            self.ended = "raised"
        elif "cancelled" in report:
            self.ended = "cancelled"
        if report.get("n") == self.busy and self._answers(report):
            self.busy = 0

    def _answers(self, report: Report) -> bool:
        if self._last == "body" or "sent" in report or "refused" in report:
            return bool(report.get("done"))
        return True


class _Line:
    """One connection from a puppet. It carries one call at a time."""

    def __init__(self, controller: Controller, sock: socket.socket) -> None:
        self.controller = controller
        self.sock = sock
        self.info: Report = {}
        self.call: Call | None = None
        # For the call that is to come: orders by number, and the numbers of those that are not revoked.
        self.waiting: dict[int, dict[str, Any]] = {}
        self.ahead: list[int] = []
        self.calls = 0  # that it has carried
        self._number = 0  # of the last order
        self._rest = b""
        sock.setblocking(False)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        controller.hub.add(sock, self._readable)

    def give(self, orders: Sequence[dict[str, Any]], call: int, kept: dict[int, dict[str, Any]]) -> list[int]:
        """Write orders for the call of this number down in kept, and to the puppet; returns their numbers."""
        numbers = list(range(self._number + 1, self._number + len(orders) + 1))
        self._number = numbers[-1]
        kept.update(zip(numbers, orders, strict=True))
        self.write([{"n": n, "call": call, **order} for n, order in zip(numbers, orders, strict=True)])
        return numbers

    def write(self, orders: list[dict[str, Any]]) -> None:
        data = memoryview(_ENCODE(orders).encode() + b"\n")
        deadline = time.monotonic() + 10
        while data:
            try:
                data = data[self.sock.send(data) :]
            except BlockingIOError:
                self.controller.hub.pump(0.01)
                if time.monotonic() > deadline:
                    return self._lost()
            except OSError:
                return self._lost()

    def _readable(self, _: int) -> None:
        try:
            data = self.sock.recv(READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost()
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LINE_MAX:
            self._lost()  # no puppet of ours, or a server that gives it more than anybody asked for
            return
        for line in lines:
            for report in json.loads(line.decode()):
                self._hear(report)

    def _hear(self, report: Report) -> None:
        if not self.info:
            if report.get("hello") != self.controller.token:
                self._lost()  # not our puppet: what else it says is nothing
                return
            self.info = report
        elif "call" in report:
            self.calls += 1
            self.call = Call(self, codec.decode(report["call"]), report["t"])
            self.call.named = report.get("named", [])
            self.waiting, self.ahead = {}, []
            self.controller.begin(self.call)
        elif self.call is not None:
            self.call.hear(report)
            if self.call.ended:
                self.controller.free = self
            self.controller.heard(self.call)

    def _lost(self) -> None:
        self.controller.hub.remove(self.sock)
        self.sock.close()
        if self.call is not None and not self.call.ended:
            self.call.ended = "lost"

    def close(self) -> None:
        """Let go of the puppet: its call returns by itself."""
        if self.sock.fileno() >= 0:
            self._lost()


class Controller:
    """Listens for puppets. calls: those that have begun and that nobody has taken, in order.

    With `lifespan` the lifespan calls are answered here, as a well-behaved application would, and not put
    into calls; `lifespans` holds them all the same.
    """

    def __init__(self, hub: Hub, lifespan: bool = True) -> None:
        self.hub = hub
        self.token = secrets.token_hex(16)
        self.answers_lifespan = lifespan
        self.calls: deque[Call] = deque()
        self.lifespans: list[Call] = []
        self.free: _Line | None = None  # the line whose call ended last: the puppet takes it next
        self._lines: list[_Line] = []
        self._folder = ""
        # A unix socket costs a third of a TCP connection, and each exchange has two messages on it.
        self._place = tempfile.mkdtemp(prefix="asgisim-control-") if hasattr(socket, "AF_UNIX") else ""
        if self._place:
            self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._listener.bind(f"{self._place}/line")
            self._listener.listen(128)
        else:
            self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._listener.setblocking(False)
        hub.add(self._listener, self._acceptable)

    @property
    def address(self) -> str:
        """What the environment variable of the puppet must hold."""
        if self._place:
            return f"{self._place}/line:unix:{self.token}"
        host, port = self._listener.getsockname()[:2]
        return f"{host}:{port}:{self.token}"

    def order_ahead(self, orders: Sequence[dict[str, Any]]) -> _Line | None:
        """Give orders to the call that is to come. Returns the line that has them, None if none is free.

        A call that comes over another line does not have them: its `ahead` is empty.
        """
        line, self.free = self.free, None
        if line is None or line.sock.fileno() < 0 or line.ahead or (line.call and not line.call.ended):
            return None
        line.ahead = line.give(orders, line.calls + 1, line.waiting)
        return line

    def revoke(self, line: _Line) -> None:
        """Take back what was ordered ahead and no call has begun with."""
        if line.ahead:
            line.ahead = []
            line.waiting = dict(list(line.waiting.items())[-REVOKED:])
            line.write([{"do": "forget"}])
            self.free = line

    def folder(self) -> str:
        """A folder that holds the puppet alone, for interpreters in which asgisim is not installed."""
        if not self._folder:
            self._folder = tempfile.mkdtemp(prefix="asgisim-puppet-")
            package = Path(self._folder, "asgisim")
            for name in _NEEDED:
                target = package / name
                target.parent.mkdir(parents=True, exist_ok=True)
                (target.parent / "__init__.py").touch()
                shutil.copy(_PACKAGE / name, target)
            (package / "__init__.py").touch()
        return self._folder

    def _acceptable(self, _: int) -> None:
        try:
            sock, _address = self._listener.accept()
        except OSError:
            return
        self._lines = [line for line in self._lines if line.sock.fileno() >= 0]
        self._lines.append(_Line(self, sock))

    def begin(self, call: Call) -> None:
        """A call has begun."""
        if call.kind == "lifespan":
            self.lifespans.append(call)
            if self.answers_lifespan:
                call.order("receive")
                return
        self.calls.append(call)

    def heard(self, call: Call) -> None:
        """A report has come."""
        if call.kind != "lifespan" or not self.answers_lifespan:
            return
        report = call.reports[-1]
        if "got" in report:
            event = codec.decode(report["got"])
            kind = event.get("type") if isinstance(event, dict) else None
            if kind in ("lifespan.startup", "lifespan.shutdown"):
                call.order("send", events=[{"type": f"{kind}.complete"}])
            else:
                call.order("return")
        elif "failed" in report:
            call.order("return")
        elif "refused" in report:
            call.order("raise", error="same")  # as an app that knows of nothing: some servers wait for that
        elif report.get("done"):
            shut = any("lifespan.shutdown" in str(past.get("got")) for past in call.reports)
            if shut:
                call.order("return")
            else:
                call.order("receive")

    def close(self) -> None:
        """Let all puppets go."""
        self.hub.remove(self._listener)
        self._listener.close()
        for line in self._lines:
            line.close()
        for folder in filter(None, (self._folder, self._place)):
            shutil.rmtree(folder, ignore_errors=True)
