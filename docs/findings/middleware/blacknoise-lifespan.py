"""between.called: the lifespan, whose scope has no path, does not reach the app."""

from _run import exchange, inner, verdict
from blacknoise import BlackNoise

COMPLETE = [{"type": f"lifespan.{what}.complete"} for what in ("startup", "shutdown")]
events = [{"type": f"lifespan.{what}"} for what in ("startup", "shutdown")]
how, sent, _ = exchange(BlackNoise(inner(*COMPLETE)), events, type="lifespan")
verdict(how.startswith("raised"), how, [event["type"] for event in sent])
