"""The suites by name: what each measures, and how it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from asgisim.bench import chart, growth, itself, lint, middlewares, peers, stacks, wire, words
from asgisim.bench.data import Data, machine, versions
from asgisim.bench.measuring import Case, Row, measure
from asgisim.servers import ServerError

FORMS: dict[str, Callable[[Data], str]] = {
    "text": words.text,
    "markdown": words.markdown,
    "json": Data.dumps,
    "svg": chart.svg,
}


def run(
    suite: str,
    rounds: int = 15,
    seed: int = 0,
    share: float = 1.0,
    told: Callable[[int], None] = lambda number: None,
    *,
    frameworks: Sequence[str] = (),
    styles: Sequence[str] = (),
    counts: Sequence[int] = (),
    server: str = "",
    examples: int = growth.EXAMPLES,
) -> Data:
    """Measure. frameworks, styles, counts, server: of the middleware suite; examples: of the growth.

    Raises ServerError; of the growth OSError, where the system does not tell a process's memory.
    """
    if suite == "growth":
        about, row = machine(), growth.measure(examples, seed, min(growth.EVERY, examples), told)
        return Data(suite, [row], len(row.cpu), seed, about, versions())
    cases: list[Case] = []
    missing: list[Row] = []
    if suite == "self":
        cases = itself.cases()
        cases += _if_there(lambda: wire.cases(), wire.GROUP, missing)
    elif suite == "peers":
        cases, missing = peers.cases()
        cases += _if_there(lambda: lint.cases(), lint.GROUP, missing)
    else:
        chosen = tuple(counts) or stacks.COUNTS
        cases, missing = middlewares.cases(frameworks, chosen, server, styles)
    about = machine()
    return Data(suite, measure(cases, rounds, seed, share, told) + missing, rounds, seed, about, versions())


def _if_there(make: Callable[[], list[Case]], group: str, missing: list[Row]) -> list[Case]:
    """The cases; or what is to be told in their place where the server is not installed."""
    try:
        return make()
    except (ServerError, ImportError) as error:
        missing.append(Row(group, group, missing=str(error).splitlines()[0]))
        return []
