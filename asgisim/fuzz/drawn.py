"""Hypothesis as a source of scenarios for the campaign, beside the sweep and the corpus.

It costs 20 times what a plain seeded draw costs, and tries other things first: it comes back to small
values and repeats what it has drawn. So it gets a small share, and what it draws feeds the corpus.
"""

from __future__ import annotations

from collections.abc import Callable

from asgisim.scenario import Scenario
from asgisim.space import Route


def draw(
    routes: list[Route], protocols: tuple[str, ...], count: int, seed: int, take: Callable[[Scenario], None]
) -> None:
    """Hand `count` scenarios to `take`. Raises ImportError where Hypothesis is not installed."""
    import hypothesis

    from asgisim.strategies import scenarios

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(scenarios(routes=routes, protocols=protocols))
    def each(one: Scenario) -> None:
        take(one)

    each()
