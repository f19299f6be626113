"""What the hosts of both backends share: facts, threads, clocks, and what is patched around a run."""

from __future__ import annotations

import contextvars
import gc
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

from asgisim.drive.sim import vtime, waits
from asgisim.drive.sim.census import LOCK_STEP, Census
from asgisim.drive.sim.limits import Limits
from asgisim.drive.sim.loop import Generators, exchange_index
from asgisim.drive.sim.peer import ClientGone, Peer
from asgisim.drive.sim.snapshot import place, raised, snapshot, stack
from asgisim.drive.sim.stage import Stage
from asgisim.drive.sim.watch import WATCHDOG
from asgisim.model import trace as t
from asgisim.model.scenario import Scenario
from asgisim.model.trace import Step, Trace

App = Callable[[Any, Any, Any], Any]

# Real seconds. A thread from before the run that the app has woken is waited for so long; one that waits for
# short times again and again is looked at for so long.
_STRANGE, _TICKS = 1.0, 0.2


class Host:
    """One run. A backend gives now, set_now, ready, later, start, wake, cancel, chains and perform."""

    def __init__(self, app: App, scenario: Scenario, limits: Limits) -> None:
        self.app = app
        self.limits = limits
        self.scopes: dict[int, Any] = {}
        self.facts: list[tuple[int, str, str, list[str]]] = []
        self.stuck = False
        self.ticks = 0.0  # virtual seconds
        self.context = contextvars.copy_context()
        self.census = self.count_threads()
        self.stage = Stage(scenario, self, limits, vtime.MONOTONIC)

    def count_threads(self) -> Census:
        """The threads before the run; the watchdog's is one of them."""
        if WATCHDOG.thread is None:
            WATCHDOG.start()
        return Census()

    def now(self) -> float:
        """The virtual clock, as time.monotonic gives it to the app."""
        raise NotImplementedError

    def set_now(self, when: float) -> None:
        """Move the virtual clock on, since the app itself has let time pass."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Whether a thread has posted work to the loop."""
        raise NotImplementedError

    def later(self, seconds: float, call: Callable[[], Any]) -> None:
        """From another thread: call this after virtual seconds."""
        raise NotImplementedError

    def perform(self) -> None:
        """Run all exchanges and look for leaks."""
        raise NotImplementedError

    def last_look(self) -> bool:
        """Before somebody is said to wait for ever: whether something came after all."""
        return False

    def nap(self, seconds: float) -> None:
        """Wait in real time until a thread posts work, or this long."""
        vtime.real_sleep(seconds)

    def run(self) -> Trace:
        """All of it: the exchanges, the leaks, and everything put back as it was."""
        unawaited = warnings._warn_unawaited_coroutine  # type: ignore[attr-defined]
        warnings._warn_unawaited_coroutine = self._unawaited  # type: ignore[attr-defined]
        collecting = gc.isenabled()
        gc.disable()
        clocks = vtime.Clocks(self._clock, self.sleep)
        clocks.install()
        LOCK_STEP.settle, LOCK_STEP.me = self.settle_threads, self.census.me
        WATCHDOG.arm(self.limits.blocked)
        try:
            self.perform()
        finally:
            WATCHDOG.disarm()
            LOCK_STEP.settle = None
            clocks.remove()
            if collecting:
                gc.enable()
            warnings._warn_unawaited_coroutine = unawaited  # type: ignore[attr-defined]
            self.census.close()
        return Trace(self.stage.steps)

    def free(self) -> None:
        """After the last run: let go of all that refers back to this, so that no cycle is left."""
        self.stage.free()

    # The outcome of the app's call

    def returned(self, peer: Peer, value: Any) -> None:
        """The call gave this value."""
        if not peer.over:
            peer.note(t.RETURN, snapshot(value))

    def raised(self, peer: Peer, error: BaseException) -> None:
        """The call ended with this error."""
        if isinstance(error, SystemExit | KeyboardInterrupt):
            peer.fact("exit", f"raised {type(error).__name__}", [])
        if not peer.over:
            peer.note(t.RAISE, raised(error, own))

    def blocked(self, peer: Peer) -> None:
        """The watchdog ended the call."""
        where, WATCHDOG.where = WATCHDOG.where, []
        peer.fact("blocked-loop", f"the event loop was held for over {self.limits.blocked:g} s", where)
        peer.cancelled = "blocked"
        peer.note(t.CANCEL, "blocked")

    def tell_facts(self) -> None:
        """Write the facts that were seen meanwhile into the trace."""
        if not self.facts:
            return
        facts, self.facts = self.facts, []
        for index, name, detail, where in facts:
            data = {"rule": f"robust.{name}", "detail": detail, "where": where}
            self.stage.steps.append(Step(t.FACT, data, index, self.stage.now))

    def _unawaited(self, coro: Any) -> None:
        code = coro.cr_code
        where = [place(code, code.co_firstlineno)]
        self.facts.append(
            (exchange_index.get(), "never-awaited", f"{coro.__qualname__} was never awaited", where)
        )

    def given_up(self, index: int) -> bool:
        """Whether this exchange was ended by us: what it leaves behind then is no mistake of its own."""
        return any(
            peer.index == index and (peer.gave_up or peer.cancelled in ("hang", "blocked"))
            for peer in self.stage.peers
        )

    def leaked_generators(self, alive: Generators, old: frozenset[int] = frozenset()) -> bool:
        """Tell of generators that are suspended and known to the loop; old: ids from before the run."""
        found = []
        for agen in list(alive):
            index = alive.exchange[agen]
            if agen.ag_frame is not None and id(agen) not in old and not self.given_up(index):
                found.append((index, agen.__qualname__, agen.ag_frame.f_lineno, agen.ag_code))
        for index, name, line, code in sorted(found, key=lambda one: one[:3]):
            self.facts.append((index, "generator-leak", f"{name} is not closed", [place(code, line)]))
        return bool(found)

    # Threads and clocks

    def settle_threads(self, until_work: bool = False) -> None:
        """Wait in real time until no thread of the app can move on, at most for the wall limit."""
        if self.stuck:
            return
        began, step = vtime.real_monotonic(), 0.001
        ticking: dict[int, float] = {}  # since when a thread is seen in short waits
        while not self.census.quiet(children=until_work):
            if until_work and self.ready():
                return
            WATCHDOG.beat += 1
            if until_work:
                self.nap(step)
            else:
                vtime.real_sleep(0.0002)
            step = min(step * 2, 0.005)
            waited = vtime.real_monotonic() - began
            self._leave_tickers(ticking, waited)
            if waited > _STRANGE:
                self.census.leave_strangers()
            if waited > self.limits.wall:
                self.stuck = True
                detail = f"a thread is at work for over {self.limits.wall:g} s"
                index = self.stage.peers[-1].index if self.stage.peers else 0
                self.facts.append((index, "thread-stuck", detail, self.census.stacks()))
                self.census.give_up()
                return

    def _leave_tickers(self, ticking: dict[int, float], waited: float) -> None:
        """Threads that only look at something every so often are not waited for, once that is seen."""
        if waited < _TICKS:
            return
        for ident, frame in self.census.at_work():
            seconds = waits.ticks(frame)
            if seconds is not None and waited - ticking.setdefault(ident, waited) > 2 * seconds + _TICKS:
                waits.give_up(frame)

    def _clock(self) -> float:
        """What the clocks give. To other threads each time a little more: some wait until it has moved."""
        if threading.get_ident() == self.census.me:
            return self.now()
        self.ticks += 1e-9
        return self.now() + self.ticks

    def sleep(self, seconds: float) -> None:
        """time.sleep: a finding on the loop's thread, a timer of the loop in the app's own threads."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        ident = threading.get_ident()
        if ident == self.census.me:
            if seconds > 0:
                where = stack(sys._getframe(1))
                self.facts.append(
                    (exchange_index.get(), "blocked-loop", f"blocking time.sleep({seconds:g})", where)
                )
                self.set_now(self.now() + seconds)
                self.stage.jump(self.now())
        elif ident in self.census.foreign:
            vtime.real_sleep(seconds)
        else:
            done = threading.Event()
            self.later(seconds, done.set)
            done.wait()


def own(error: BaseException) -> bool:
    """Whether this is the simulated server's own send error."""
    return isinstance(error, ClientGone)
