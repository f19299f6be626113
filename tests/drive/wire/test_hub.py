"""Waiting: a bound that comes while the other side has work to do is not the end."""

from __future__ import annotations

from asgisim.drive.wire.hub import WORKED, Hub


class Other:
    """Waits for the processor at the first `looks`, and has had `steps` seconds more of it at each look."""

    def __init__(self, looks: int, step: float = 0.0) -> None:
        self.left, self.step, self.had = looks, step, 0.0

    def waiting(self) -> bool:
        self.left -= 1
        return self.left >= 0

    def seconds(self) -> float:
        self.had += self.step
        return self.had


def test_a_bound_is_a_bound_where_nobody_is_known() -> None:
    assert Hub().until(lambda: False, 0.0) is False


def test_what_comes_late_from_one_who_had_no_turn_is_awaited() -> None:
    hub = Hub()
    other = hub.other = Other(looks=5)
    assert hub.until(lambda: other.left <= 0, 0.0)


def test_a_sleeper_is_not_awaited() -> None:
    hub = Hub()
    other = hub.other = Other(looks=0)
    assert not hub.until(lambda: False, 0.0)
    assert other.left == -2  # two looks, and no more


def test_one_who_has_had_the_processor_is_not_late_for_want_of_it() -> None:
    hub = Hub()
    other = hub.other = Other(looks=10_000, step=WORKED)
    assert not hub.until(lambda: False, 0.0)
    assert other.left > 9_000


def test_until_polled_waits_as_well() -> None:
    hub = Hub()
    other = hub.other = Other(looks=5)
    assert hub.until_polled(lambda: other.left <= 0, 0.0)
