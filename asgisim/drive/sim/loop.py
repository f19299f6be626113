"""The asyncio loop of the simulator: virtual time, no real I/O of its own, tasks in a fixed order."""

from __future__ import annotations

import asyncio
import selectors
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from asgisim.drive.sim.vtime import MONOTONIC

# Which exchange a task belongs to: tasks take it over from the task that made them.
exchange_index: ContextVar[int] = ContextVar("asgisim_exchange", default=0)

_FOREVER = 1e9


class Generators(weakref.WeakSet[Any]):
    """Asynchronous generators that were begun and not collected, and the exchange that each belongs to."""

    def __init__(self) -> None:
        super().__init__()
        self.exchange: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()

    def add(self, item: Any) -> None:
        super().add(item)
        self.exchange[item] = exchange_index.get()


class SerialTask(asyncio.Task[Any]):
    """A task whose hash is a serial number, so that sets of tasks have the same order in each run."""

    def __init__(self, coro: Any, loop: SimLoop, **more: Any) -> None:
        loop.serial = self.serial = loop.serial + 1
        super().__init__(coro, loop=loop, **more)
        context = more.get("context")
        self.exchange = context.get(exchange_index, 0) if context is not None else exchange_index.get()

    def __hash__(self) -> int:
        return self.serial


class FakeSelector(selectors.BaseSelector):
    """Hands the waiting to the loop; a real selector is made only when the app brings a socket."""

    def __init__(self, loop: Any) -> None:
        self.loop = loop
        self.real: selectors.BaseSelector | None = None

    def _made(self) -> selectors.BaseSelector:
        if self.real is None:
            self.real = selectors.DefaultSelector()
            self.loop.polls = True
        return self.real

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._made().register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._made().unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._made().modify(fileobj, events, data)

    def get_map(self) -> Any:
        return self.real.get_map() if self.real is not None else {}

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        if self.real is None:
            raise KeyError(f"{fileobj!r} is not registered")
        return self.real.get_key(fileobj)

    def select(self, timeout: float | None = None) -> list[Any]:
        found: list[Any] = self.loop.on_select(timeout)
        return found

    def close(self) -> None:
        if self.real is not None:
            self.real.close()


def _locked() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


def _silent(loop: Any, context: dict[str, Any]) -> None:
    pass


class _Lazy:
    """What most runs never need, made when it is first asked for."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self.make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, loop: Any, owner: type) -> Any:
        # Also if two threads ask at the same time, there is only one.
        return loop.__dict__.setdefault(self.name, self.make(loop))


class _Bare(asyncio.SelectorEventLoop):
    """No pipe for wake-ups, since nothing waits for files alone."""

    def _make_self_pipe(self) -> None:
        pass

    def _close_self_pipe(self) -> None:
        pass


class SimLoop(_Bare):
    """A loop whose clock moves only when nothing can run.

    on_pass is called at each pass; on_idle with the time of the next timer (None without one) when
    nothing is ready, and gives the time to jump to, or None if something was done.
    """

    # How every loop begins; here, since there are many loops and most fields never change. What the
    # loop's own __init__ would set is put here as well, see _inherit.
    now = MONOTONIC
    serial = 0  # of the last task
    stops = 0
    polls = False  # the app brought a real socket
    _debug = False
    _clock_resolution = 1e-9

    wakelock = _Lazy(lambda loop: _locked())
    _asyncgens = _Lazy(lambda loop: Generators())
    _transports = _Lazy(lambda loop: weakref.WeakValueDictionary())
    _selector = _Lazy(FakeSelector)
    _signal_handlers = _Lazy(lambda loop: {})
    _unix_server_sockets = _Lazy(lambda loop: {})  # from Python 3.13 on

    _ready: deque[Any]
    _scheduled: list[Any]
    _closed: bool
    _thread_id: int | None
    _default_executor: Any
    _asyncgen_firstiter_hook: Callable[[Any], None]
    _asyncgen_finalizer_hook: Callable[[Any], None]
    _stopping: bool
    _process_events: Callable[[Any], None]

    def __init__(
        self,
        on_pass: Callable[[], None],
        on_idle: Callable[[float | None], float | None],
        on_exception: Callable[[Any, dict[str, Any]], None],
    ) -> None:
        self.on_pass = on_pass
        self.on_idle = on_idle
        if not _INHERITED:
            super().__init__(FakeSelector(self))
        self._ready = deque()
        self._scheduled = []
        self._exception_handler = on_exception

    def free(self) -> None:
        """Let go of the hooks; what the loop would log from now on is told nobody."""
        del self.on_pass, self.on_idle
        self._exception_handler = _silent

    def made(self, name: str) -> Any:
        """What is made lazily under this name, or None if nothing has asked for it."""
        return self.__dict__.get(name)

    @staticmethod
    def _task_factory(loop: Any, coro: Any, **more: Any) -> SerialTask:
        return SerialTask(coro, loop=loop, **more)

    def call_soon(  # type: ignore[override]
        self, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.Handle:
        """As asyncio's own, in one call instead of three."""
        if self._closed or self._debug:
            return super().call_soon(callback, *args, context=context)
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def run_forever(self) -> None:
        """As asyncio's own, without what its debug mode does."""
        if self._closed or self._thread_id is not None or asyncio._get_running_loop() is not None:
            super().run_forever()  # which tells what is wrong
            return
        hooks = sys.get_asyncgen_hooks()
        self._thread_id = threading.get_ident()
        sys.set_asyncgen_hooks(self._asyncgen_firstiter_hook, self._asyncgen_finalizer_hook)
        asyncio._set_running_loop(self)
        try:
            while not self._stopping:
                self._run_once()
        finally:
            self._stopping = False
            self._thread_id = None
            asyncio._set_running_loop(None)
            sys.set_asyncgen_hooks(*hooks)

    def _run_once(self) -> None:
        """All passes until there is a timer or a socket; from then on one pass a call, asyncio's own."""
        ready = self._ready
        while not (self._stopping or self._scheduled or self.polls or self._debug):
            self.on_pass()
            if not ready:
                self.on_idle(None)
            for _ in range(len(ready)):
                handle = ready.popleft()
                if handle._cancelled:
                    continue
                try:  # as Handle._run, which would be a call more for each step of a task
                    handle._context.run(handle._callback, *handle._args)
                except (SystemExit, KeyboardInterrupt):
                    raise
                except BaseException as error:
                    what = f"Exception in callback {handle!r}"
                    self.call_exception_handler({"message": what, "exception": error, "handle": handle})
        if not self._stopping:
            super()._run_once()  # type: ignore[misc]

    # Each handle asks for it: as the built-in that it is here, it costs no frame.
    get_debug: Any = staticmethod(bool)

    def set_debug(self, enabled: bool) -> None:
        """As asyncio's own."""
        super().set_debug(enabled)
        self.__dict__["get_debug"] = lambda: enabled

    def time(self) -> float:
        """Virtual seconds; time.monotonic gives the same while the app runs."""
        return self.now

    def add_signal_handler(  # type: ignore[override]
        self, sig: int, callback: Any, *args: Any
    ) -> None:
        """Signals are the server's."""
        raise NotImplementedError

    def remove_signal_handler(self, sig: int) -> bool:
        """As add_signal_handler."""
        raise NotImplementedError

    def _write_to_self(self) -> None:
        try:
            self.wakelock.release()
        except RuntimeError:  # it is released already
            pass

    def stop(self) -> None:
        """Called by the app, since the host ends the loop by other means."""
        self.stops += 1
        self._stopping = True

    def end(self) -> None:
        """The host wants out of run_forever."""
        self._stopping = True

    def on_select(self, timeout: float | None) -> list[Any]:
        """One pass: what real sockets have, or the idle moment."""
        self.on_pass()
        found = self.poll(0)
        if found or timeout == 0 or self._ready or self._stopping:
            return found
        when = self._scheduled[0]._when if self._scheduled else None
        if when is not None and when > self.now + _FOREVER:
            when = None  # such as anyio.sleep_forever, which is a timer at infinity
        target = self.on_idle(when)
        if target is not None and target > self.now:
            self.now = target
        return []

    def has_files(self) -> bool:
        """Whether the app waits for real sockets."""
        return self.polls and len(self._selector.get_map()) > 0

    def poll(self, seconds: float) -> list[Any]:
        """What the app's real sockets have within real seconds."""
        return list(self._selector.real.select(seconds)) if self.has_files() else []

    def close(self) -> None:
        """As asyncio's own; what was never made needs no closing."""
        if "_selector" in self.__dict__ or self._default_executor is not None or self._thread_id is not None:
            super().close()
        else:
            self._closed = True
            self._ready.clear()
            self._scheduled.clear()


def _inherit() -> bool:
    """Put what asyncio's __init__ sets into the class, where it is immutable: to call it is far dearer.

    False where this Python sets other things, then the call is made.
    """
    model = _Bare(FakeSelector(None))
    atoms = (bool, int, float, str, type(None))
    known = True
    for name, value in vars(model).items():
        if name in vars(SimLoop):
            pass
        elif isinstance(value, atoms):
            setattr(SimLoop, name, value)
        else:
            known = known and name in ("_ready", "_scheduled")
    model.close()
    return known


_INHERITED = _inherit()
