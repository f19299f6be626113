"""Several lanes: every job is played once, by whichever lane is free, and a lane that fails harms nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from asgisim.drive.wire.record import Record
from asgisim.drive.wire.script import WireScenario
from asgisim.servers import ServerError
from asgisim.wire.lanes import EACH, LANES, Lanes
from asgisim.wire.later import Later


class Lane:
    """Plays nothing, and remembers it. together: how many run at the same time before any goes on."""

    def __init__(self, together: threading.Barrier | None = None, fails: bool = False) -> None:
        self.together = together
        self.fails = fails
        self.played: list[WireScenario] = []
        self.stopped = False

    def run(self, scenario: WireScenario) -> Record:
        if self.fails:
            raise ServerError("it did not start")
        self.played.append(scenario)
        if self.together is not None:
            self.together.wait(30)
        return Record(log=str(scenario.bound))

    def stop(self) -> None:
        self.stopped = True


def jobs(count: int) -> list[WireScenario]:
    return [WireScenario([], float(number + 1)) for number in range(count)]


def never() -> bool:
    return False


def another(lanes: list[Lane]) -> Callable[[], Lane | None]:
    return lambda: lanes.pop() if lanes else None


def logs(played: list[Record | None]) -> list[str]:
    return [one.log if one is not None else "" for one in played]


def test_jobs_are_played_together_and_come_back_in_order() -> None:
    barrier = threading.Barrier(2)
    other = Lane(barrier)
    lanes = Lanes(Lane(barrier), another([other]))
    played = lanes.play(jobs(4), never)
    assert logs(played) == ["1.0", "2.0", "3.0", "4.0"]
    assert len(other.played) == 2
    lanes.stop()
    assert other.stopped


def test_a_lane_costs_a_start_and_is_added_for_several_jobs_only() -> None:
    made: list[Lane] = []

    def more() -> Lane:
        made.append(Lane())
        return made[-1]

    Lanes(Lane(), more).play(jobs(2 * EACH - 1), never)
    assert made == []
    Lanes(Lane(), more).play(jobs(100 * EACH), never)
    assert len(made) == LANES - 1


def test_a_lane_that_does_not_start_leaves_its_job_to_the_others() -> None:
    lanes = Lanes(Lane(), another([Lane(fails=True)]))
    assert "" not in logs(lanes.play(jobs(6), never))


def test_where_none_starts_it_is_told() -> None:
    with pytest.raises(ServerError):
        Lanes(Lane(fails=True), another([])).play(jobs(1), never)
    with pytest.raises(ServerError):
        Lanes(Lane(fails=True), another([Lane(fails=True)])).play(jobs(4), never)


def test_when_the_time_is_over_the_rest_is_left() -> None:
    first = Lane()
    assert logs(Lanes(first, another([])).play(jobs(3), lambda: len(first.played) >= 2)) == ["1.0", "2.0", ""]


def test_what_is_made_later_is_made_once_and_raises_where_it_is_asked_for() -> None:
    made: list[int] = []
    one = Later(lambda: made.append(1))
    one.work()
    one.work()
    one.result()
    assert made == [1]

    def fail() -> None:
        raise ValueError("odd")

    broken = Later(fail)
    broken.work()
    with pytest.raises(ValueError, match="odd"):
        broken.result()


def numbered(lane: Lane, one: WireScenario) -> str:
    return lane.run(one).log


def test_what_further_lanes_play_is_handed_over_as_it_comes() -> None:
    barrier = threading.Barrier(2)
    first, others = Lane(), [Lane(barrier), Lane(barrier)]
    lanes = Lanes(first, another(list(others)))
    came = list(lanes.each(3, iter(jobs(4)), numbered, never))
    assert sorted((one.bound, log) for one, log in came) == [(float(n), f"{n}.0") for n in range(1, 5)]
    assert first.played == []
    assert [len(lane.played) for lane in others] == [2, 2]
    lanes.stop()
    assert [lane.stopped for lane in (first, *others)] == [False, True, True]


def test_nothing_more_is_begun_when_the_time_is_over_or_nobody_listens() -> None:
    lane = Lane()
    lanes = Lanes(Lane(), another([lane]))
    came = list(lanes.each(1, iter(jobs(3)), numbered, lambda: len(lane.played) >= 2))
    assert [log for _, log in came] == ["1.0", "2.0"]
    assert len(list(lanes.each(1, iter(jobs(3)), numbered, never))) == 3  # on the lane that there is
    assert list(Lanes(Lane(), another([])).each(1, iter(jobs(9)), numbered, never)) == []


def test_a_further_lane_that_fails_is_one_less_and_the_last_one_is_told() -> None:
    fine = Lane()
    lanes = Lanes(Lane(), another([fine, Lane(fails=True)]))
    came = list(lanes.each(2, iter(jobs(4)), numbered, never))
    assert len(came) == len(fine.played) >= 3  # the one that failed took its job with it
    with pytest.raises(ServerError):
        list(Lanes(Lane(), another([Lane(fails=True)])).each(1, iter(jobs(2)), numbered, never))
