"""Several servers of one kind at once: scenarios that wait long take little else, so they wait together."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
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
J = TypeVar("J")
T = TypeVar("T")


class Lanes(Generic[L]):
    """first: the lane that there is. more: makes another, or None if there can be no other.

    most: lanes to which `play` goes.
    """

    def __init__(self, first: L, more: Callable[[], L | None]) -> None:
        self.lanes: list[L] = [first]
        self._more = more
        self.most = LANES

    def play(self, jobs: Sequence[WireScenario], over: Callable[[], bool]) -> list[Record | None]:
        """Play all, as many at once as there are lanes; None for those that no time was left for."""
        while len(self.lanes) < min(self.most, len(jobs) // EACH):
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

    def each(
        self,
        count: int,
        jobs: Iterator[J],
        play: Callable[[L, J], T],
        over: Callable[[], bool],
    ) -> Iterator[tuple[J, T]]:
        """Do jobs on so many further lanes, until there is none left; what came of each, as it comes.

        The first lane is left to whoever takes what comes. Nothing is played if there can be no other lane.
        """
        while len(self.lanes) <= count:
            lane = self._more()
            if lane is None:
                break
            self.lanes.append(lane)
        added = self.lanes[1 : 1 + count]
        came: SimpleQueue[tuple[J, T] | BaseException | None] = SimpleQueue()
        turn, ends = threading.Lock(), threading.Event()

        def work(lane: L) -> None:
            try:
                while not ends.is_set() and not over():
                    with turn:
                        one = next(jobs, None)
                    if one is None:
                        return
                    came.put((one, play(lane, one)))
            except BaseException as error:
                came.put(error)
            finally:
                came.put(None)

        with ThreadPoolExecutor(max(1, count), "asgisim-lane") as pool:
            try:
                for lane in added:
                    pool.submit(work, lane)
                left, errors = len(added), list[BaseException]()
                while left:
                    told = came.get()
                    if told is None:
                        left -= 1
                    elif isinstance(told, BaseException):
                        errors.append(told)
                    else:
                        yield told
                # A lane less is no harm; what is no failure of a server is one of ours.
                for error in errors:
                    if not isinstance(error, ServerError) or len(errors) == len(added):
                        raise error
            finally:
                ends.set()

    def stop(self) -> None:
        """Stop what was added, all at once: a server may take its time to end."""
        added = self.lanes[1:]
        del self.lanes[1:]
        if added:
            with ThreadPoolExecutor(len(added), "asgisim-stop") as pool:
                for done in [pool.submit(lane.stop) for lane in added]:
                    done.result()
