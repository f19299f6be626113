"""Worker processes of which one may be lost (killed for its memory, crashed) at no cost to the others."""

from __future__ import annotations

import concurrent.futures as futures
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from typing import Any

Make = Callable[[int], futures.Executor]


class Lasting(futures.Executor):
    """Plays calls in a pool of processes; when that breaks, each call left over has a process of its own.

    A pool cannot tell whose process was lost: all its calls fail. Played apart, only the call that takes its
    process with it fails again, with the pool's own error.

    make: a pool of so many processes. workers: how many, and later how many such processes at once.
    """

    def __init__(self, make: Make, workers: int) -> None:
        self._make = make
        self._pool = make(workers)
        self._apart = futures.ThreadPoolExecutor(workers, thread_name_prefix="asgisim-grid")
        self._lock = threading.Lock()
        self._open = True

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> futures.Future[Any]:
        """As every executor has it."""
        try:
            with unheard():
                inner = self._pool.submit(fn, *args, **kwargs)
        except BrokenProcessPool:
            return self._apart.submit(self._alone, fn, args, kwargs)
        outer = _Outer(inner)
        inner.add_done_callback(lambda done: self._ended(outer, done, fn, args, kwargs))
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As every executor has it. A call that is to be played apart is, before this is over."""
        self._pool.shutdown(wait, cancel_futures=cancel_futures)
        with self._lock:
            self._open = False
        self._apart.shutdown(wait, cancel_futures=cancel_futures)

    def _ended(self, outer: _Outer, inner: futures.Future[Any], *call: Any) -> None:
        if inner.cancelled():
            _hand_over(outer, inner)
        elif isinstance(inner.exception(), BrokenProcessPool):
            with self._lock:
                if self._open:
                    again = self._apart.submit(self._alone, *call)
                    outer.inner = again
                    again.add_done_callback(lambda done: _hand_over(outer, done))
                    return
            _hand_over(outer, inner)
        else:
            _hand_over(outer, inner)

    def _alone(self, fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        with self._make(1) as pool:
            with unheard():
                inner = pool.submit(fn, *args, **kwargs)
            return inner.result()


@contextlib.contextmanager
def unheard() -> Iterator[None]:
    """Processes that begin meanwhile do not hear Ctrl-C until they choose to, not even while they import."""
    if not hasattr(signal, "pthread_sigmask"):  # of Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Outer(futures.Future[Any]):
    """A future for a call, whoever plays it in the end."""

    def __init__(self, inner: futures.Future[Any]) -> None:
        super().__init__()
        self.inner = inner

    def cancel(self) -> bool:
        """Call it off, if it has not begun."""
        return self.inner.cancel() and (self.cancelled() or super().cancel())


def _hand_over(outer: _Outer, done: futures.Future[Any]) -> None:
    if done.cancelled():
        outer.cancel()
        outer.set_running_or_notify_cancel()
    elif outer.set_running_or_notify_cancel():
        error = done.exception()
        outer.set_result(done.result()) if error is None else outer.set_exception(error)
