"""One campaign shared out over processes: each plays its part of the sweep, then searches on its own."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from asgisim.cli import foreign
from asgisim.cli.campaigning import Done, Order
from asgisim.fuzz.findings import merged


def run(order: Order, count: int, python: str | None = None) -> Done:
    """Run an order in `count` processes, under another interpreter if one is named.

    The examples are shared out, the seconds are for each. The same count and seed give the same outcome.
    Raises TargetError for whatever keeps a worker from doing its part.
    """
    share = -(-order.max_examples // count)
    orders = [
        replace(order, seed=order.seed + number, max_examples=share, part=[number, count])
        for number in range(count)
    ]
    with ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(foreign.run, python or sys.executable, one) for one in orders]
        try:
            done = [future.result() for future in futures]
        except KeyboardInterrupt:
            # The workers have had the Ctrl-C too, and are about to hand over what they found.
            done = [future.result() for future in futures]
            done[0].campaign.interrupted = True
    saved = [path for one in done for path in one.saved]
    return Done(merged([one.campaign for one in done]), done[0].versions, done[0].file, saved)
