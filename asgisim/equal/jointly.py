"""Many odd spellings at once: a run or two tell whether an app takes any of them amiss.

This only says where to look first. What is told comes from one spelling alone, compared as always.
"""

from __future__ import annotations

from collections.abc import Sequence

from asgisim.equal import Run, calm, copied, differences, outcome
from asgisim.model.scenario import Exchange, Scenario
from asgisim.model.trace import Trace
from asgisim.space.respellings import ANSWER, ENDS, RESPELLINGS, Respelling

Bundle = tuple[Respelling, ...]


def bundles(base: Scenario) -> list[Bundle]:
    """The respellings of its last exchange, in few bundles, in each of which no two change the same thing.

    One that would stand alone is left out.
    """
    last = base.exchanges[-1]
    if not calm(last):
        return []
    filled: list[tuple[list[Respelling], set[str]]] = []
    for row in RESPELLINGS.get(last.protocol, ()):
        if row.looks == ENDS or not row.applies(last):
            continue
        changes = _changed(last, row)
        if not changes:
            continue  # the plain exchange has this spelling
        rows, taken = next((one for one in filled if not one[1] & changes), ([], set()))
        if not rows:
            filled.append((rows, taken))
        rows.append(row)
        taken |= changes
    return [tuple(rows) for rows, _ in filled if len(rows) > 1]


def respelled(base: Scenario, bundle: Sequence[Respelling]) -> Scenario:
    """The scenario with its last exchange in all these spellings."""
    last = copied(base.exchanges[-1])
    for row in bundle:
        _respell(last, row)
    return Scenario([*base.exchanges[:-1], last])


def differ(base: Scenario, plain: Trace, odd: Trace) -> bool:
    """Whether what came of the plain exchange did not come of the odd one."""
    index = len(base.exchanges) - 1
    return bool(differences(outcome(plain, index), outcome(odd, index), ANSWER))


def suspect(run: Run, base: Scenario, plain: Trace, bundle: Sequence[Respelling]) -> Respelling:
    """The one spelling of a bundle that makes the difference, found by halves; the last if it takes two."""
    while len(bundle) > 1:
        half = bundle[: len(bundle) // 2]
        guilty = differ(base, plain, run(respelled(base, half)))
        bundle = half if guilty else bundle[len(half) :]
    return bundle[0]


def _respell(exchange: Exchange, row: Respelling) -> None:
    if row.normal is not None:
        row.normal(exchange)
    row.respell(exchange)


def _changed(exchange: Exchange, row: Respelling) -> set[str]:
    """The keys of the scope that a respelling sets or takes away, and "script" and "options"."""
    odd = copied(exchange)
    _respell(odd, row)
    old, new = exchange.scope, odd.scope
    changed = old.keys() ^ new.keys() | {key for key in old.keys() & new.keys() if old[key] != new[key]}
    if odd.script != exchange.script:
        changed.add("script")
    if odd.options != exchange.options:
        changed.add("options")
    return changed
