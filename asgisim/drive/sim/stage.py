"""All exchanges of one run: who starts when, what an idle moment means, when to give up. Pure."""

from __future__ import annotations

from typing import Any

from asgisim.drive.sim.limits import Limits
from asgisim.drive.sim.peer import Peer
from asgisim.drive.sim.snapshot import snapshot, twins
from asgisim.model import trace as t
from asgisim.model.scenario import Scenario
from asgisim.model.trace import Step
from asgisim.spec.shapes import pairs_of


class _Nobody:
    """The hands of a run that is over: what an app still calls has no effect."""

    def wake(self, peer: Peer) -> None:
        pass

    def cancel(self, peer: Peer) -> None:
        pass

    def chains(self, peer: Peer) -> list[str]:
        return []

    def last_look(self) -> bool:
        return False


_NOBODY = _Nobody()


class Stage:
    """The state of a run.

    clock: the time that script sleeps are measured by, in the backend's own seconds. now: virtual
    seconds since the run began, as they stand in the trace.
    """

    # How every run begins.
    now = 0.0
    passes = 0  # since the last progress
    quiet = 0  # jumps since the last progress
    jumps = 0  # jumps since the script was over, or since the client left
    finished = False

    def __init__(self, scenario: Scenario, hands: Any, limits: Limits, clock: float) -> None:
        self.hands: Any = hands
        self.limits = limits
        self.steps: list[Step] = []
        self.base = self.clock = clock
        self.last: Peer | None = None  # the exchange that began last, the lifespan aside
        self.peers: list[Peer] = []
        self.live: list[Peer] = []
        self.pending: list[Peer] = []
        for index, exchange in enumerate(scenario.exchanges):
            self.pending.append(Peer(self, index, exchange))
        first = self.pending[0]
        self.lifespan = first if first.protocol == "lifespan" else None

    # Starting and ending

    def flow(self) -> None:
        """Start what is due; finish when all have ended."""
        while self.pending and self._due(self.pending[0]):
            self._start(self.pending.pop(0))
        if not self.live and not self.pending:
            self.finished = True

    def _due(self, peer: Peer) -> bool:
        lifespan = self.lifespan
        if peer is lifespan:
            return True
        if lifespan is not None and not (lifespan.started or lifespan.over):
            return False
        start = peer.exchange.options.start
        if self.last is not None and not self.last.over:
            return 0 < start <= self.last.count
        return start > 0 or not self.live or self.live == [lifespan]

    def _start(self, peer: Peer) -> None:
        self.peers.append(peer)
        self.live.append(peer)
        self.progress()
        scope, recorded = twins(peer.exchange.scope)
        lifespan = self.lifespan
        if peer is not lifespan:
            self.last = peer
            if lifespan is not None and isinstance(scope.get("state"), dict):
                state = self.hands.scopes[lifespan.index].get("state")
                if isinstance(state, dict):
                    scope["state"], recorded = dict(state), {**recorded, "state": snapshot(state)}
        peer.note(t.SCOPE, recorded)
        self.hands.start(peer, scope)
        peer.arm()

    def ended(self, peer: Peer) -> None:
        """The call of this exchange has ended, or was dropped."""
        if not peer.over:
            peer.over = True
            self.hands.wake(peer)  # a send that a slow client holds up ends with the connection
            self.live.remove(peer)
            self.progress()
            self.jumps = 0
            self.flow()

    def drop(self, peer: Peer) -> None:
        """Give up on a call that cannot be ended."""
        self.ended(peer)

    def free(self) -> None:
        """Let go of the host and the peers after the run, so that no cycle is left to the collector."""
        self.hands = _NOBODY
        self.last = self.lifespan = None
        for peers in (self.peers, self.live, self.pending):
            peers.clear()

    def shut_down(self) -> None:
        """The server stops: clients are lost now, lifespan.shutdown follows when all others have ended."""
        for peer in list(self.live):
            if peer is not self.lifespan:
                peer.leave({"code": 1012} if peer.protocol == "websocket" else None)
        if self.lifespan is not None:
            self._shut_lifespan()

    def _shut_lifespan(self) -> bool:
        """Deliver lifespan.shutdown if it is due."""
        lifespan = self.lifespan
        if lifespan is None or lifespan.over or lifespan.told or not lifespan.started or lifespan.failed:
            return False
        if self.pending or len(self.live) > 1:
            return False
        lifespan.shut()
        return True

    # Budgets

    def progress(self) -> None:
        """Something happened that gets the run on."""
        self.passes = 0
        self.quiet = 0

    def left(self) -> None:
        """A client left or a call was cancelled: budgets begin anew."""
        self.progress()
        self.jumps = 0

    def on_tick(self) -> None:
        """One pass of the scheduler."""
        for peer in self.live:
            if peer.armed == "tick" or peer.cancel_due:
                self._tick_all()
                break
        if self.pending:
            self.flow()
        self.passes += 1
        if self.passes > self.limits.passes:
            self.progress()
            self._escalate("spin")

    def _tick_all(self) -> None:
        for peer in list(self.live):
            peer.tick()

    def on_idle(self, timer: float | None) -> float | None:
        """Nothing can run. The time to jump to, or None if something was done that may have woken the app."""
        if self.finished:
            return None
        if self.pending and self._due(self.pending[0]):
            self.flow()
            return None
        for peer in list(self.live):
            if timer is None and peer.about_to_leave:
                if self.hands.last_look():
                    return None
                self._tell_silence(peer)
            if peer.begun and peer.gate("idle"):
                return None
        if self._lifespan_done() and self._shut_lifespan():
            return None
        sleeper = min(
            (peer for peer in self.live if peer.deadline is not None),
            key=lambda peer: peer.deadline or 0.0,
            default=None,
        )
        deadline = sleeper.deadline if sleeper is not None else None
        if deadline is not None and (timer is None or deadline <= timer):
            self.jump(deadline)
            assert sleeper is not None
            sleeper.fire()
            return None
        if timer is None:
            if not self.hands.last_look():
                self._escalate("idle")
            return None
        if all(peer.script_over for peer in self.live):
            self.jumps += 1
        self.quiet += 1
        if self.quiet > self.limits.quiet and self._force():
            return None
        if self.jumps > self.limits.jumps:
            self.jumps = 0
            self._escalate("timers")
            return None
        self.jump(timer)
        return timer

    def _lifespan_done(self) -> bool:
        return self.lifespan is not None and self.lifespan.script_over

    def jump(self, when: float) -> None:
        """Set the clock forward."""
        if when > self.clock:
            self.clock = when
            self.now = round(when - self.base, 9)

    # Giving up

    def _escalate(self, why: str) -> None:
        """The run gets no further by itself: force a step, or start, or leave, or cancel, or drop."""
        if self._force():
            return
        if self.pending and (self.live and self.live[-1] is not self.lifespan):
            self._start(self.pending.pop(0))
            return
        others = [peer for peer in self.live if peer is not self.lifespan]
        for peer in others:
            if peer.unblock():
                return
        staying = [peer for peer in others if self._stays(peer)]
        if staying:
            for peer in staying:
                self._leave(peer, why)
            return
        for peer in others or list(self.live):
            self._give_up(peer, why)

    def _force(self) -> bool:
        """Fire a step whose gate can no longer open."""
        for peer in self.live:
            if not peer.script_over and not peer.cancelled:
                return peer.fire()
        return False

    def _stays(self, peer: Peer) -> bool:
        return peer.protocol in ("http", "websocket") and not (peer.gone or peer.complete or peer.cancelled)

    def _leave(self, peer: Peer, why: str) -> None:
        if why == "idle":
            self._tell_silence(peer)
        peer.leave()

    def _tell_silence(self, peer: Peer) -> None:
        """Its client leaves since nothing happens any more. Was it owed something? Others might still act."""
        if self.pending or any(other is not self.lifespan and other is not peer for other in self.live):
            return
        if not peer.started and not peer.parked:
            if peer.protocol == "websocket" and not peer.inbox:
                peer.fact("no-answer", "websocket.connect is not answered, and nothing will wake the app")
            elif peer.protocol == "http" and peer.whole:
                peer.fact(
                    "no-answer", "the request is whole, no response begins, and nothing will wake the app"
                )
        elif peer.protocol == "http" and not peer.complete and _used_up(peer):
            peer.fact(
                "unended",
                "content-length is used up, the last body event is owed, and nothing will wake the app",
            )

    def _give_up(self, peer: Peer, why: str) -> None:
        if not peer.cancelled:
            self._tell(peer, why)
            peer.cancel("stop" if peer.protocol not in ("http", "websocket") else "hang")
        elif not peer.gave_up:
            peer.gave_up = True
            stacks = self.hands.census.stacks()
            if stacks:
                peer.fact("thread-stuck", "the call waits for a thread that waits for ever", stacks)
            else:
                peer.fact("cancel-swallowed", "the call goes on after it was cancelled")
            self.left()
            self.hands.cancel(peer)
        else:
            self.drop(peer)

    def _tell(self, peer: Peer, why: str) -> None:
        if peer.parked:
            return  # told already, as a flood
        moment = "the client has gone"
        if peer is self.lifespan:
            if peer.failed:
                return  # all was said; servers end the call here
            moment = "lifespan.shutdown" if peer.told else "lifespan.startup, and gives no answer"
            if peer.complete:
                moment = "its answer to lifespan.shutdown"
        elif peer.protocol not in ("http", "websocket"):
            return  # nothing is defined that could end it
        elif not peer.gone:
            moment = "all is sent"
        if why == "spin":
            peer.fact(
                "spin", f"goes round in circles after {moment}: {self.limits.passes} passes without progress"
            )
        elif why == "timers":
            peer.fact("hang", f"still wakes up by timers after {moment}")
        else:
            peer.fact("hang", f"waits for ever after {moment}")


def _used_up(peer: Peer) -> bool:
    """Whether the body has all the bytes that content-length says."""
    length = size = None
    for one in peer.steps:
        if one.kind != t.SEND or one.exchange != peer.index or not isinstance(one.data, dict):
            continue
        if one.data.get("type") == "http.response.start" and length is None:
            length = _content_length(one.data.get("headers"))
        elif one.data.get("type") == "http.response.body" and isinstance(one.data.get("body", b""), bytes):
            size = (size or 0) + len(one.data.get("body", b""))
    return length is not None and size == length


def _content_length(headers: Any) -> int | None:
    for name, value in pairs_of(headers):
        if isinstance(name, bytes) and isinstance(value, bytes) and name.lower() == b"content-length":
            return int(value) if value.isdigit() else None
    return None
