"""The asyncio loop of the simulator: virtual time, no real I/O of its own, tasks in a fixed order."""

from __future__ import annotations

import asyncio
import functools
import selectors
import threading
import weakref
from asyncio.selector_events import BaseSelectorEventLoop
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from asgisim.drive.sim.vtime import MONOTONIC

# Which exchange a task belongs to: tasks take it over from the task that made them.
exchange_index: ContextVar[int] = ContextVar("asgisim_exchange", default=0)

_FOREVER = 1e9


class SerialTask(asyncio.Task[Any]):
    """A task whose hash is a serial number, so that sets of tasks have the same order in each run."""

    def __init__(self, coro: Any, *, loop: SimLoop, **more: Any) -> None:
        loop.serial = self.serial = loop.serial + 1
        super().__init__(coro, loop=loop, **more)
        context = more.get("context")
        self.exchange = context.get(exchange_index, 0) if context is not None else exchange_index.get()

    def __hash__(self) -> int:
        return self.serial


class FakeSelector(selectors.BaseSelector):
    """Hands the waiting to the loop; a real selector is made only when the app brings a socket."""

    def __init__(self) -> None:
        self.loop: SimLoop | None = None
        self.real: selectors.BaseSelector | None = None

    def _made(self) -> selectors.BaseSelector:
        if self.real is None:
            self.real = selectors.DefaultSelector()
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

    def has_files(self) -> bool:
        """Whether the app waits for real sockets."""
        return self.real is not None and len(self.real.get_map()) > 0

    def select(self, timeout: float | None = None) -> list[Any]:
        assert self.loop is not None
        return self.loop.on_select(timeout)

    def close(self) -> None:
        if self.real is not None:
            self.real.close()


_FRESH = {"_ready", "_scheduled", "_asyncgens", "_transports", "_selector"}


@functools.cache
def _plain_attributes() -> dict[str, Any] | None:
    """What BaseSelectorEventLoop sets beside _FRESH, if that is all immutable: to copy it is far cheaper.

    None where this Python sets other things, then the call is made.
    """
    model = _Model(FakeSelector())
    plain = {name: value for name, value in vars(model).items() if name not in _FRESH}
    known = vars(model).keys() >= _FRESH
    model.close()
    atoms = (bool, int, float, str, type(None))
    return plain if known and all(isinstance(value, atoms) for value in plain.values()) else None


class _Model(BaseSelectorEventLoop):
    def _make_self_pipe(self) -> None:
        pass

    def _close_self_pipe(self) -> None:
        pass


class SimLoop(BaseSelectorEventLoop):
    """A loop whose clock moves only when nothing can run.

    on_pass is called at each pass; on_idle with the time of the next timer (None without one) when
    nothing is ready, and gives the time to jump to, or None if something was done.
    """

    _ready: deque[Any]
    _scheduled: list[Any]
    _asyncgens: Any
    _closed: bool
    _debug: bool
    _stopping: bool
    _transports: Any
    _selector: Any
    _process_events: Callable[[Any], None]

    def __init__(self, on_pass: Callable[[], None], on_idle: Callable[[float | None], float | None]) -> None:
        self.serial = 0
        self.now = MONOTONIC
        self.on_pass = on_pass
        self.on_idle = on_idle
        self.stops = 0
        self.ending = False
        self.wakelock = threading.Lock()
        self.wakelock.acquire()
        fake = FakeSelector()
        fake.loop = self
        self.fake = fake
        plain = _plain_attributes()
        if plain is None:
            super().__init__(fake)
        else:
            self.__dict__.update(plain)
            self._ready = deque()
            self._scheduled = []
            self._asyncgens = weakref.WeakSet()
            self._transports = weakref.WeakValueDictionary()
            self._selector = fake
        self._debug = False
        self._clock_resolution = 1e-9
        self._task_factory = self._serial_task

    @staticmethod
    def _serial_task(loop: Any, coro: Any, **more: Any) -> SerialTask:
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

    def _run_once(self) -> None:
        """One pass; while there are no timers and no sockets, all passes until nothing is ready."""
        ready = self._ready
        if not ready or self._scheduled or self._debug or self.fake.real is not None:
            super()._run_once()  # type: ignore[misc]
            return
        while ready and not self._stopping and not self._scheduled and self.fake.real is None:
            self.on_pass()
            for _ in range(len(ready)):
                handle = ready.popleft()
                if not handle._cancelled:
                    handle._run()

    def time(self) -> float:
        """Virtual seconds; time.monotonic gives the same while the app runs."""
        return self.now

    def _make_self_pipe(self) -> None:
        pass

    def _close_self_pipe(self) -> None:
        pass

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
        self.ending = True
        self._stopping = True

    def on_select(self, timeout: float | None) -> list[Any]:
        """One pass: what real sockets have, or the idle moment."""
        self.on_pass()
        fake = self.fake
        if fake.real is not None and fake.has_files():
            found = fake.real.select(0)
            if found:
                return list(found)
        if timeout == 0 or self._ready or self._stopping:
            return []
        when = self._scheduled[0]._when if self._scheduled else None
        if when is not None and when > self.now + _FOREVER:
            when = None  # such as anyio.sleep_forever, which is a timer at infinity
        target = self.on_idle(when)
        if target is not None and target > self.now:
            self.now = target
        return []
