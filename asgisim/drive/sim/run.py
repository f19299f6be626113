"""The door of the simulated server: Simulator, simulate and asimulate."""

from __future__ import annotations

# The module signal wraps each call in enums, which costs 30 us a run.
import _signal  # type: ignore[import-not-found]
import functools
import gc
import importlib
import inspect
import os
import threading
import warnings
from collections.abc import Callable
from typing import Any

from asgisim.drive.sim.aio import AioHost
from asgisim.drive.sim.census import LOCK_STEP
from asgisim.drive.sim.host import Host
from asgisim.drive.sim.kept import KeptHost, Spoilt
from asgisim.drive.sim.limits import Limits
from asgisim.drive.sim.patches import PATCHES
from asgisim.drive.sim.watch import SIGINT
from asgisim.model.scenario import Scenario
from asgisim.model.signature import signature
from asgisim.model.trace import Trace

# Clocks and the like are patched for the whole process, so one run at a time.
_ONE = threading.RLock()


class _Forks:
    """How many forks lie between this process and the one that was started; as good as its id, and free."""

    def __init__(self) -> None:
        self.count = 0
        if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork either
            os.register_at_fork(after_in_child=self._note)

    def _note(self) -> None:
        self.count += 1


_FORKS = _Forks()
_WARM = 20  # runs, after which what was loaded is put out of the collector's sight
# Runs between two looks at all garbage: each run looks at the youngest, so the interpreter itself never does
# more.
_SWEEP = 2000


class Simulator:
    """Runs scenarios against one app; use it for many runs, and close it.

    app: an ASGI 3 or ASGI 2 callable. loop: "asyncio" or "trio". Raises ValueError for another loop,
    ImportError for trio without trio. One run at a time in a process: others wait.

    keep: all runs in one loop, within one lifespan, for an app that cannot be started twice; leaks are
    still judged for each run. reload: gives a fresh app when the kept loop or lifespan has ended;
    without it the next run raises Spoilt then.
    """

    def __init__(
        self,
        app: Any,
        loop: str = "asyncio",
        limits: Limits | None = None,
        keep: bool = False,
        reload: Callable[[], Any] | None = None,
    ) -> None:
        if loop not in ("asyncio", "trio"):
            raise ValueError(f"expected the loop asyncio or trio, but got {loop!r}")
        if keep and loop != "asyncio":
            raise ValueError("expected the loop asyncio with keep=True, but got 'trio'")
        self.app = single(app)
        self.loop = loop
        self.limits = limits or Limits()
        self.keep = keep
        self.reload = reload
        self._kept: KeptHost | None = None
        self.runs = 0
        self.frozen = False
        self._interrupted = False
        self._guest: Any = None
        self._open = True
        self._trio: Any = importlib.import_module("asgisim.drive.sim.trio_") if loop == "trio" else None
        with _ONE:
            LOCK_STEP.install()
            PATCHES.install()

    def run(self, scenario: Scenario) -> Trace:
        """Run it from the start; the same scenario gives the same trace.

        A real Ctrl-C raises KeyboardInterrupt here, one that the app raises is part of the trace.
        """
        if not scenario.exchanges:
            return Trace()
        with _ONE:
            self.runs += 1
            if self.runs == _WARM:
                gc.freeze()  # not collected before: that would cost as much as a thousand runs
                self.frozen = True
            elif self.runs % _SWEEP == 0:
                gc.collect()
            forks = _FORKS.count
            main = threading.get_ident() == threading.main_thread().ident and not SIGINT.seen
            before = _signal.getsignal(_signal.SIGINT) if main else None
            watch = before is not None and before is not SIGINT
            if watch:
                SIGINT.before = before
                _signal.signal(_signal.SIGINT, SIGINT)
            try:
                trace = self._play(scenario)
                if SIGINT.seen:
                    raise KeyboardInterrupt
                return trace
            except KeyboardInterrupt:
                self._interrupted = True
                raise
            finally:
                if _FORKS.count != forks:
                    os._exit(0)  # a child that the app forked: the simulation goes on in the parent only
                if watch:
                    SIGINT.seen = False
                    _signal.signal(_signal.SIGINT, before)

    def _play_kept(self, scenario: Scenario) -> Trace:
        kept = self._kept
        if kept is not None and kept.dead:
            if self.reload is None:
                raise Spoilt("the kept loop or lifespan has ended")
            kept.close()
            try:
                self.app = single(self.reload())
            except Exception as error:
                raise Spoilt(f"there is no fresh app: {error}") from error
            kept = None
        if kept is None:
            kept = self._kept = KeptHost(self.app, self.limits)
        return kept.play(scenario)

    def renew(self) -> None:
        """With keep and reload: the next run gets a fresh app."""
        if self._kept is not None and self.reload is not None:
            self._kept.dead = True

    def _play(self, scenario: Scenario) -> Trace:
        if self.keep:
            return self._play_kept(scenario)
        host = (
            AioHost(self.app, scenario, self.limits) if self.loop == "asyncio" else self._trio_host(scenario)
        )
        trace = host.run()
        host.free()
        return trace

    def _trio_host(self, scenario: Scenario) -> Host:
        if self._guest is None or self._guest.dead:
            self._guest = self._trio.Guest()
        host: Host = self._trio.TrioHost(self.app, scenario, self.limits, self._guest)
        return host

    def close(self) -> None:
        """Give back what was kept between runs."""
        if self.frozen:
            gc.unfreeze()
            self.frozen = False
        if self._interrupted:
            # What the Ctrl-C left half made, such as a call that no task has yet, is not worth a warning.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                gc.collect()
        if self._open:
            self._open = False
            with _ONE:
                if self._kept is not None:
                    self._kept.close()
                PATCHES.remove()
                LOCK_STEP.remove()
            if self._guest is not None and not self._guest.dead:
                self._guest.close()

    def __enter__(self) -> Simulator:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def simulate(app: Any, scenario: Scenario, loop: str = "asyncio", limits: Limits | None = None) -> Trace:
    """Run one scenario against an app; also from inside a running loop, which then stands still."""
    with Simulator(app, loop, limits) as simulator:
        return simulator.run(scenario)


async def asimulate(
    app: Any, scenario: Scenario, loop: str = "asyncio", limits: Limits | None = None
) -> Trace:
    """As simulate, from a coroutine on any event loop. The caller's loop stands still meanwhile.

    It has to: while an app runs, the clocks of the whole process are virtual, and a loop that went on beside
    it would see its timers jump. It is still for real time only, since virtual time costs nothing.
    """
    trace: Trace = _in_thread(functools.partial(simulate, app, scenario, loop, limits))
    return trace


def _in_thread(call: Any) -> Any:
    """Call in a fresh thread and wait: nothing of the caller's loop is seen there."""
    result: list[Any] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            result.append(call())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=work, name="asgisim", daemon=True)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return result[0]


def single(app: Any) -> Any:
    """An ASGI 3 callable for either form; an ASGI 2 app takes the scope, what it gives takes the channels."""
    if not _is_double(app):
        return app

    @functools.wraps(app, updated=())
    async def called(scope: Any, receive: Any, send: Any) -> Any:
        return await app(scope)(receive, send)

    return called


def _is_double(app: Any) -> bool:
    if inspect.isclass(app):
        return True
    call = app if inspect.isroutine(app) else getattr(app, "__call__", app)  # noqa: B004
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(call):
        return False
    try:
        taken = signature(app)
    except (TypeError, ValueError):
        return False
    try:
        taken.bind(None, None, None)
    except TypeError:
        pass
    else:
        return False
    try:
        taken.bind(None)
    except TypeError:
        return False
    return True
