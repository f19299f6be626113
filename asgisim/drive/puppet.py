"""The application that runs inside a server under test and does only what it is told.

The environment variable ASGISIM_PUPPET holds ``host:port:token``, the address of the controller
(``path:unix:token`` for a unix socket). Each call of the app uses one connection to it (kept for the next
call of the same event loop) and speaks JSON, a list of objects a line. The puppet begins with ``{"call":
scope}``; then it waits for orders and reports what came of each. Orders may be there before the call comes;
``{"do": "forget"}`` revokes those before it. Every report has ``t``, the system's monotonic clock in
seconds. Values are in the form of asgisim.model.codec.

Orders, each with a number ``n`` that its reports repeat, and with the number ``call`` of the call on this
connection that it is for (one for a call that has ended is dropped):

``{"do": "receive", "bound": s}``: call receive; ``{"got": event}``, or ``{"late": s}`` after the bound: the
call stays pending, and its event answers the next receive, or is reported when the call ends. ``"more":
true`` calls receive although a call is pending, ``"future": true`` hands what it returns to asyncio.wait.
``{"do": "send", "events": [...], "bound": s}``: call send for each in turn; ``{"sent": index, "value"}``
with the time of the call, or ``{"refused": index, "error"}``, the last with ``"done": true``, or ``{"late":
s}``. With ``"together": true`` each is sent by a task of its own, called one after the other (on trio in
any order) before any has returned; the reports come as the calls end, and the late one names in ``"left"``
those that have not. ``{"do": "body", "bound": s}``: receive until the request is whole, then ``{"done":
true}``. ``{"do": "wait", "seconds"}``. ``{"do": "put", "path": [...], "value"}``: write into the scope, at
that path of keys. ``{"do": "look"}``: report the scope as it is now. ``{"do": "cancel"}``: cancel the own
task. ``{"do": "return", "value"}``, ``{"do": "raise", "error": class, "text"}`` (``"error": "same"``: what
send or receive raised last). If the server cancels the call, ``{"cancelled": true}`` is reported, and with
``"in"`` what was ordered last.

Standard library only; on trio it uses the trio that the server has loaded.
"""

from __future__ import annotations

import asyncio
import builtins
import functools
import json
import math
import os
import select
import socket
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

from asgisim.model import codec

VARIABLE = "ASGISIM_PUPPET"
READ = 1 << 16  # bytes at once; for more the system would have to be asked for the memory
SLICE = 0.1  # seconds: the parts in which a bound is waited for
TOLD_TO = "the puppet was told to raise"  # the text of its own errors
_ENCODE = json.JSONEncoder(separators=(",", ":")).encode


class ControlLost(Exception):
    """The controller has gone away."""


def _connected(host: str, port: str) -> socket.socket:
    if port != "unix":
        sock = socket.create_connection((host, int(port)), timeout=10)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(10)
    try:
        sock.connect(host)
    except BaseException:
        sock.close()
        raise
    return sock


class Line:
    """One connection to the controller."""

    def __init__(self, backend: Any) -> None:
        where = os.environ.get(VARIABLE, "")
        try:
            host, port, token = where.rsplit(":", 2)
            self.sock = _connected(host, port)
        except (ValueError, OSError) as error:
            raise RuntimeError(f"{VARIABLE}={where!r}: no controller there: {error}") from error
        self.sock.setblocking(False)
        self._rest = b""
        self._unsent: list[dict[str, Any]] = []
        self._waiting = False  # for an order, so that nobody else will flush
        self._orders: list[dict[str, Any]] = []
        self._calls = 1  # that it has carried, with the one that it carries
        self.tell(
            {
                "hello": token,
                "pid": os.getpid(),
                "thread": threading.current_thread().name,
                "loop": backend.name,
                "python": sys.version.split()[0],
            }
        )

    def tell(self, report: dict[str, Any]) -> None:
        """Make a report.

        It goes out before the puppet next waits for anything: writing costs more than all else.
        """
        report.setdefault("t", time.monotonic())
        self._unsent.append(report)
        if self._waiting:
            self.flush()

    def flush(self) -> None:
        """Write the reports. It waits if it must: the controller always reads."""
        if not self._unsent:
            return
        rest = memoryview(_ENCODE(self._unsent).encode() + b"\n")
        self._unsent.clear()
        try:
            while rest:
                try:
                    rest = rest[self.sock.send(rest) :]
                except BlockingIOError:
                    if not select.select([], [self.sock], [], 10)[1]:
                        raise ControlLost("the controller does not read") from None
        except OSError as error:
            raise ControlLost(str(error)) from error

    def begin(self) -> None:
        """A call begins: what was ordered ahead and revoked since is forgotten. Raises ControlLost."""
        self._calls += 1
        while self._read():
            pass
        kept = next((n for n in range(len(self._orders), 0, -1) if self._orders[n - 1]["do"] == "forget"), 0)
        del self._orders[:kept]

    def _read(self) -> bool:
        try:
            data = self.sock.recv(READ)
        except BlockingIOError:
            return False
        except OSError as error:
            raise ControlLost(str(error)) from error
        if not data:
            raise ControlLost("the controller has closed the connection")
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._orders += json.loads(line.decode())
        return len(data) == READ

    def take(self) -> dict[str, Any] | None:
        """The next order, None if there is none yet. Raises ControlLost."""
        if not self._orders:
            self._read()
        while self._orders:
            order = self._orders.pop(0)
            # One for the call before was on its way when that ended, as by the server's cancelling it.
            if order.get("call", self._calls) >= self._calls:
                return order
        return None

    async def order(self, backend: Any) -> dict[str, Any]:
        """The next order, when it comes."""
        while True:
            order = self.take()
            if order is not None:
                return order
            self.flush()
            self._waiting = True
            try:
                await backend.readable(self.sock)
            finally:
                self._waiting = False


class Asyncio:
    """What the puppet needs of asyncio (uvloop too)."""

    cancelled: Any = asyncio.CancelledError

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.name = type(self.loop).__module__.split(".")[0]
        self.key: Any = self.loop
        self._tasks: list[asyncio.Task[Any]] = []

    async def readable(self, sock: socket.socket) -> None:
        future = self.loop.create_future()
        number = sock.fileno()
        self.loop.add_reader(number, _set, future)
        try:
            await future
        finally:
            self.loop.remove_reader(number)

    def start(self, call: Any) -> None:
        """Run an async function beside the call."""
        self._tasks = [task for task in self._tasks if not task.done()]
        self._tasks.append(self.loop.create_task(call()))

    def event(self) -> asyncio.Event:
        return asyncio.Event()

    async def result(self, given: Any) -> Any:
        """What an awaitable gives, waited for as apps do that wait for several things at once."""
        task = asyncio.ensure_future(given)
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            raise
        return task.result()

    async def wait(self, event: Any, seconds: float | None) -> bool:
        if event.is_set():
            return True
        if seconds is None:
            await event.wait()
            return True
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except asyncio.TimeoutError:  # noqa: UP041 (another class on Python 3.10)
            return False
        return True

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def cancel_self(self) -> None:
        task = asyncio.current_task()
        if task is not None:
            task.cancel()
        await asyncio.sleep(0)

    async def __aenter__(self) -> Asyncio:
        return self

    async def __aexit__(self, *_: object) -> None:
        # Not awaited: a receive that swallows its cancellation must not keep the call from ending.
        for task in self._tasks:
            task.cancel()


class Trio:
    """What the puppet needs of trio."""

    name = "trio"

    def __init__(self, trio: Any) -> None:
        self.trio = trio
        self.key = trio.lowlevel.current_trio_token()
        self.cancelled = trio.Cancelled
        self._manager: Any = None
        self._nursery: Any = None

    async def readable(self, sock: socket.socket) -> None:
        await self.trio.lowlevel.wait_readable(sock)

    def start(self, call: Any) -> None:
        self._nursery.start_soon(call)

    def event(self) -> Any:
        return self.trio.Event()

    async def result(self, given: Any) -> Any:
        return await given

    async def wait(self, event: Any, seconds: float | None) -> bool:
        with self.trio.move_on_after(float("inf") if seconds is None else seconds):
            await event.wait()
        return bool(event.is_set())

    async def sleep(self, seconds: float) -> None:
        await self.trio.sleep(seconds)

    async def cancel_self(self) -> None:
        with self.trio.CancelScope() as scope:
            scope.cancel()
            await self.trio.lowlevel.checkpoint()

    async def __aenter__(self) -> Trio:
        self._manager = self.trio.open_nursery()
        self._nursery = await self._manager.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._nursery.cancel_scope.cancel()
        await self._manager.__aexit__(None, None, None)


def _set(future: Any) -> None:
    if not future.done():
        future.set_result(None)


def backend_here() -> Any:
    """Asyncio or Trio, whichever runs here."""
    trio = sys.modules.get("trio")
    if trio is not None:
        try:
            trio.lowlevel.current_trio_token()
        except RuntimeError:
            pass
        else:
            return Trio(trio)
    return Asyncio()


_IDLE: dict[Any, list[Line]] = {}
_LOCK = threading.Lock()


def borrow(backend: Any) -> Line:
    """A connection for one call. Raises ControlLost, RuntimeError."""
    while True:
        with _LOCK:
            lines = _IDLE.setdefault(backend.key, [])
            line = lines.pop() if lines else None
        if line is None:
            return Line(backend)
        try:
            line.begin()
        except ControlLost:
            line.sock.close()
            continue
        return line


def hand_back(backend: Any, line: Line) -> None:
    """The next call of this loop may have it."""
    with _LOCK:
        _IDLE.setdefault(backend.key, []).append(line)


def close_idle() -> None:
    """Close the connections that no call has; in a process that goes on after its servers."""
    with _LOCK:
        lines = [line for lines in _IDLE.values() for line in lines]
        _IDLE.clear()
    for line in lines:
        line.sock.close()


def describe(error: BaseException) -> dict[str, Any]:
    """An exception as the reports have it: class, text, the classes above it."""
    above = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__[1:-1]]
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    return {"type": name.removeprefix("builtins."), "text": str(error)[:1000], "above": above}


def reported(event: Any) -> dict[str, Any]:
    """An event as reported. Members of an int enum are ints to every app: they go as ints, and are told."""
    if not isinstance(event, dict):
        return {"got": codec.encode(event)}
    odd = {
        key: value
        for key, value in event.items()
        if isinstance(value, int) and type(value) not in (int, bool)
    }
    report: dict[str, Any] = {
        "got": codec.encode({**event, **{key: int(value) for key, value in odd.items()}})
    }
    if odd:
        report["subclasses"] = {str(key): type(value).__qualname__ for key, value in odd.items()}
    return report


class Call:
    """One call of the application."""

    def __init__(self, scope: Any, receive: Any, send: Any, line: Line, backend: Any) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self.line = line
        self.backend = backend
        self.pending: list[Any] = []  # events that are set when a pending receive has been reported
        self.awaited: Any = None  # the one of them that an order waits for
        self.held: list[tuple[Any, dict[str, Any]]] = []  # what late receives gave, for the next order
        self.number = 0  # of the order that a pending receive answers
        self.sending = 0  # tasks that are sending
        self.last: BaseException | None = None
        self.event: Any = None  # that receive gave last
        self.doing = ""  # what was ordered last

    async def obey(self) -> Any:
        """Do what is ordered until the order is to return, or raise."""
        while True:
            order = await self.line.order(self.backend)
            kind = self.doing = order["do"]
            if kind == "forget":
                continue  # it came when the call had begun: what it revokes is done
            if kind == "return":
                self._tell_held()
                self.line.tell({"n": order["n"], "returns": True})
                self.line.flush()
                return codec.decode(order.get("value"))
            if kind == "raise":
                self._tell_held()
                error = self._error(order)
                self.line.tell({"n": order["n"], "raises": describe(error)})
                self.line.flush()
                raise error
            await getattr(self, f"_{kind}")(order)

    def _tell_held(self) -> None:
        for _, report in self.held:
            self.line.tell(report)

    async def _receive(self, order: dict[str, Any]) -> bool:
        self.number = order["n"]
        if self.held and not order.get("more"):
            self.event, report = self.held.pop(0)
            self.line.tell({"n": order["n"], **report})
            return True
        if order.get("more") or not self.pending:
            done = self.backend.event()
            self.pending.append(done)
            self.backend.start(lambda: self._await_event(done, order.get("future", False)))
        done = self.awaited = self.pending[-1]
        answered = await self._await(done, order.get("bound"))
        self.awaited = None
        if not answered:
            self.line.tell({"n": order["n"], "late": order["bound"]})
            return False
        return True

    async def _await(self, done: Any, bound: float | None) -> bool:
        await self.backend.sleep(0)  # what can be done at once is done
        if not done.is_set():
            self.line.flush()
        if bound is None:
            return bool(await self.backend.wait(done, None))
        # In slices: one in which the process had no turn counts for one, however long it was.
        for _ in range(max(1, math.ceil(bound / SLICE))):
            if await self.backend.wait(done, min(bound, SLICE)):
                break
        return bool(done.is_set())  # it may have come between the bound and now

    async def _body(self, order: dict[str, Any]) -> None:
        deadline = time.monotonic() + order["bound"]
        while await self._receive({**order, "bound": max(SLICE, deadline - time.monotonic())}):
            event = self.event
            if not isinstance(event, dict) or event.get("type") != "http.request":
                break
            if event.get("more_body") is not True:
                break
        self.line.tell({"n": order["n"], "done": True})

    async def _await_event(self, done: Any, future: bool) -> None:
        try:
            event = await (self.backend.result(self.receive()) if future else self.receive())
            report = reported(event)
        except Exception as error:
            self.last = error
            event = None
            report = {"failed": describe(error)}
        self.pending.remove(done)
        if done is self.awaited:
            self.event = event
            self.line.tell({"n": self.number, **report})
        else:
            self.held.append((event, {"t": time.monotonic(), **report}))
        done.set()

    async def _send(self, order: dict[str, Any]) -> None:
        done, left = self.backend.event(), list(range(len(order["events"])))
        if not left:
            self.line.tell({"n": order["n"], "done": True})
            return
        for mine in [[index] for index in left] if order.get("together") else [list(left)]:
            self.backend.start(functools.partial(self._send_all, order, mine, left, done))
        if not await self._await(done, order.get("bound")):
            self.line.tell({"n": order["n"], "late": order["bound"], "left": list(left)})

    async def _send_all(self, order: dict[str, Any], mine: list[int], left: list[int], done: Any) -> None:
        """Send those of the order's events; left: those that no call has come to an end with."""
        self.sending += 1
        try:
            for index in mine:
                await self._send_one(order, index, left)
        finally:
            self.sending -= 1
        if not left:
            done.set()

    async def _send_one(self, order: dict[str, Any], index: int, left: list[int]) -> None:
        # The time is that of the call: what send leads to may be seen before it returns. What it refuses
        # leads to nothing, and why may only have come about meanwhile.
        told = {"n": order["n"], "t": time.monotonic()}
        try:
            value = await self.send(codec.decode(order["events"][index]))
            told.update({"sent": index, "value": codec.encode(value)})
        except Exception as error:
            self.last = error
            told.update({"t": time.monotonic(), "refused": index, "error": describe(error)})
        left.remove(index)
        self.line.tell({**told, "done": not left})

    async def _wait(self, order: dict[str, Any]) -> None:
        self.line.flush()
        await self.backend.sleep(order["seconds"])
        self.line.tell({"n": order["n"], "done": True})

    async def _put(self, order: dict[str, Any]) -> None:
        *path, last = order["path"]
        place = self.scope
        try:
            for key in path:
                place = place[key]
            place[last] = codec.decode(order.get("value"))
            self.line.tell({"n": order["n"], "done": True})
        except Exception as error:
            self.line.tell({"n": order["n"], "failed": describe(error)})

    async def _look(self, order: dict[str, Any]) -> None:
        self.line.tell({"n": order["n"], "scope": codec.encode(self.scope)})

    async def _cancel(self, order: dict[str, Any]) -> None:
        self.line.tell({"n": order["n"], "done": True})
        await self.backend.cancel_self()

    def _error(self, order: dict[str, Any]) -> BaseException:
        name = order.get("error", "RuntimeError")
        if name == "same" and self.last is not None:
            return self.last
        kind = getattr(builtins, name, RuntimeError)
        text = order.get("text", TOLD_TO)
        error: BaseException = kind(text) if issubclass(kind, Exception) else RuntimeError(text)
        return error


def _flush(line: Line) -> None:
    try:
        line.flush()
    except ControlLost:
        pass  # nobody is there to be told


def old(scope: Any) -> Any:
    """The application in the shape of ASGI 2, for servers from before ASGI 3: called twice."""
    return functools.partial(app, scope)


def readable(scope: Any) -> Any:
    """The scope with its headers as a list, if they are a sequence of another class: an iterable as well."""
    headers = scope.get("headers") if isinstance(scope, dict) else None
    if isinstance(headers, Sequence) and not isinstance(headers, (list, tuple, str, bytes, bytearray)):
        return {**scope, "headers": list(headers)}
    return scope


async def app(scope: Any, *by_position: Any, **named: Any) -> Any:
    """The application. What a server gives by name and not by position is reported."""
    receive, send = (*by_position, *(named[key] for key in ("receive", "send") if key in named))
    if VARIABLE not in os.environ:  # a copy that is hosted somewhere
        from asgisim.drive import mirror  # which a server in another environment does not have

        await mirror.app(scope, receive, send)
        return None
    backend = backend_here()
    line = borrow(backend)
    whole = False
    try:
        line.tell({"call": codec.encode(readable(scope)), **({"named": sorted(named)} if named else {})})
        async with backend:
            call = Call(scope, receive, send, line, backend)
            try:
                return await call.obey()
            except backend.cancelled:
                line.tell({"cancelled": True, "in": call.doing})
                line.flush()
                raise
            except ControlLost:
                return None  # nobody is there to be told
            finally:
                _flush(line)  # what is told of this call is not left to the next
                # After a pending receive or send the line may still be written to, so it is not used again.
                whole = not call.pending and not call.sending
    finally:
        if whole:
            hand_back(backend, line)
        else:
            line.sock.close()
