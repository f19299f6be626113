"""For each rule on the lifespan: a trace that keeps it, and one that breaks it alone."""

from __future__ import annotations

from typing import Any

from asgisim.examples.build import RAISES, RETURNS, WAITS, example, gives, scope, sends
from asgisim.model.trace import Step

STARTUP = gives("lifespan.startup")
SHUTDOWN = gives("lifespan.shutdown")
UP = sends("lifespan.startup.complete")
FAILED = sends("lifespan.startup.failed")
DOWN = sends("lifespan.shutdown.complete")


def life(*steps: Step, **changes: Any) -> list[Step]:
    """A lifespan with these steps, which then returns."""
    return [scope("lifespan", **changes), *steps, RETURNS]


WHOLE = life(STARTUP, UP, SHUTDOWN, DOWN)
REFUSED = life(STARTUP, FAILED)

# --- the order of what the server gives ----------------------------------------------------------------

example("lifespan.startup.first", WHOLE, life(STARTUP, UP, STARTUP, SHUTDOWN, DOWN))
example("lifespan.shutdown.after-startup", WHOLE, life(STARTUP, FAILED, SHUTDOWN, DOWN))
example(
    "lifespan.shutdown.once",
    life(STARTUP, UP, SHUTDOWN, DOWN, WAITS),
    life(STARTUP, UP, SHUTDOWN, SHUTDOWN, DOWN),
)
example("lifespan.receive.types", WHOLE, life(STARTUP, UP, gives("http.disconnect"), SHUTDOWN, DOWN))
example("lifespan.exception.no-more-events", WHOLE, [scope("lifespan"), RAISES, STARTUP])

# --- the order of what the app sends ---------------------------------------------------------------------

example("lifespan.send.types", WHOLE, life(STARTUP, sends("lifespan.startup.done"), UP, SHUTDOWN, DOWN))
example("lifespan.startup.answered", REFUSED, life(STARTUP))
example("lifespan.startup.answer-after-event", WHOLE, life(UP, STARTUP, UP, SHUTDOWN, DOWN))
example("lifespan.startup.answer-once", WHOLE, life(STARTUP, UP, FAILED, SHUTDOWN, DOWN))
example("lifespan.shutdown.answered", WHOLE, life(STARTUP, UP, SHUTDOWN))
example("lifespan.shutdown.answer-after-event", WHOLE, life(STARTUP, UP, DOWN, SHUTDOWN, DOWN))
example("lifespan.shutdown.answer-once", WHOLE, life(STARTUP, UP, SHUTDOWN, DOWN, DOWN))
_HANGS = Step("fact", {"rule": "robust.hang", "detail": "it waits for ever", "where": []})
example(
    "lifespan.shutdown.app-returns",
    WHOLE,
    [scope("lifespan"), STARTUP, UP, SHUTDOWN, DOWN, _HANGS],
)
example("lifespan.app.stays", WHOLE, life(STARTUP, UP))
example("lifespan.exception.use-failed", REFUSED, [scope("lifespan"), STARTUP, RAISES])

# --- what events hold --------------------------------------------------------------------------------------

example(
    "lifespan.startup.failed.message.type",
    life(STARTUP, sends("lifespan.startup.failed", message="no database")),
    life(STARTUP, sends("lifespan.startup.failed", message=b"no database")),
)
example(
    "lifespan.shutdown.failed.message.type",
    life(STARTUP, UP, SHUTDOWN, sends("lifespan.shutdown.failed", message="")),
    life(STARTUP, UP, SHUTDOWN, sends("lifespan.shutdown.failed", message=None)),
)

# --- what the scope holds --------------------------------------------------------------------------------


def scoped(rule: str, good: dict[str, Any], bad: dict[str, Any]) -> None:
    """An example for a rule on the scope: the same lifespan with one key in two forms."""
    steps = (STARTUP, UP, SHUTDOWN, DOWN)
    example(f"lifespan.scope.{rule}", life(*steps, **good), life(*steps, **bad))


example("lifespan.scope.type", WHOLE, [scope("lifespan", type="lifespan.startup"), RAISES])
scoped("asgi.version", {"asgi": {"version": "3.0"}}, {"asgi": {"version": 3.0}})
scoped(
    "asgi.spec-version",
    {"asgi": {"version": "3.0", "spec_version": "2.0"}},
    {"asgi": {"version": "3.0", "spec_version": "2.3"}},
)
scoped("state.type", {"state": {}}, {"state": []})
scoped("state.empty", {"state": {}}, {"state": {"left": "over"}})
