"""Several servers of one kind at once: scenarios that wait long take little else, so they wait together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, Protocol, TypeVar

from asgisim.drive.wire.record import Record
from asgisim.drive.wire.script import WireScenario
from asgisim.servers import ServerError

LANES = 6  # servers at most
EACH = 2  # scenarios for which a further server is worth its start


class Lane(Protocol):
    """What plays one scenario after the other on a server of its own."""

    def run(self, scenario: WireScenario) -> Record:
        """Play one scenario."""
        ...

    def stop(self) -> None:
        """Stop the server, if one runs."""
        ...


L = TypeVar("L", bound=Lane)


class Lanes(Generic[L]):
    """first: the lane that there is. more: makes another, or None if there can be no other."""

    def __init__(self, first: L, more: Callable[[], L | None]) -> None:
        self.lanes: list[L] = [first]
        self._more = more

    def play(self, jobs: Sequence[WireScenario], over: Callable[[], bool]) -> list[Record | None]:
        """Play all, as many at once as there are lanes; None for those that no time was left for."""
        while len(self.lanes) < min(LANES, len(jobs) // EACH):
            lane = self._more()
            if lane is None:
                break
            self.lanes.append(lane)
        played: list[Record | None] = [None] * len(jobs)
        left = deque(enumerate(jobs))

        def work(lane: L, alone: bool) -> None:
            while left and not over():
                try:
                    number, one = left.popleft()
                except IndexError:
                    return  # another lane was quicker
                try:
                    played[number] = lane.run(one)
                except ServerError:
                    if alone:
                        raise
                    left.appendleft((number, one))  # a server more that did not start: the others will do
                    return

        if len(self.lanes) == 1:
            work(self.lanes[0], True)
            return played
        with ThreadPoolExecutor(len(self.lanes), "asgisim-lane") as pool:
            try:
                for done in [pool.submit(work, lane, False) for lane in self.lanes]:
                    done.result()
            except BaseException:
                left.clear()
                raise
        work(self.lanes[0], True)
        return played

    def stop(self) -> None:
        """Stop what was added."""
        for lane in self.lanes[1:]:
            lane.stop()
        del self.lanes[1:]
