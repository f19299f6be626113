"""Hypothesis as a source of scenarios for the campaign, beside the sweep and the corpus.

It costs 20 times what a plain seeded draw costs, and tries other things first: it comes back to small
values and repeats what it has drawn. So it gets a small share, and what it draws feeds the corpus.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from asgisim.model.scenario import Scenario
from asgisim.space import Route

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def ready() -> bool:
    """Import Hypothesis; False where it is not installed.

    To be called before the simulator freezes the garbage collector: Hypothesis looks for who else holds
    the random generators of other libraries, and cannot see frozen objects.
    """
    try:
        import hypothesis  # noqa: F401
    except ImportError:
        return False
    return True


def draw(
    routes: list[Route], protocols: tuple[str, ...], count: int, seed: int, take: Callable[[Scenario], None]
) -> None:
    """Hand `count` scenarios to `take`."""
    from asgisim.strategies import scenarios

    examples(scenarios(routes=routes, protocols=protocols), count, seed, take)


def examples(
    strategy: SearchStrategy[Scenario], count: int, seed: int, take: Callable[[Scenario], None]
) -> None:
    """Hand `count` examples of a strategy to `take`: generated alone, neither shrunk nor kept."""
    import hypothesis

    checks = hypothesis.HealthCheck

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=[checks.too_slow, checks.data_too_large, checks.filter_too_much],
    )
    @hypothesis.given(strategy)
    def each(one: Scenario) -> None:
        take(one)

    try:
        each()
    except AssertionError as error:
        # A Ctrl-C that comes before Hypothesis has its engine fails in Hypothesis' own telling of it.
        if isinstance(error.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from error
        raise
