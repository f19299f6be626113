"""What an app remembers of its lifespan, in one place for all frameworks."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

STATE: dict[str, Any] = {"started_by": "asgisim"}
"""What every app puts into the lifespan state, in the way of its framework."""


@dataclass(slots=True)
class Record:
    """One per app module. startup_time is in seconds since the epoch, None before startup."""

    startup_called: bool = False
    startup_time: float | None = None
    shutdown_called: bool = False
    counter: int = 0
    background: int = 0
    custom_data: dict[str, bool] = field(default_factory=dict)

    def startup(self) -> None:
        """Called by the framework's own startup hook."""
        self.startup_called = True
        self.startup_time = time.time()
        self.shutdown_called = False
        self.custom_data = {"initialized": True}

    def shutdown(self) -> None:
        """Called by the framework's own shutdown hook."""
        self.shutdown_called = True

    def count(self) -> int:
        """Add one and return the sum."""
        self.counter += 1
        return self.counter

    def done_in_background(self) -> None:
        """The work of the background task."""
        self.background += 1

    def to_json(self) -> dict[str, Any]:
        """The answer of ``/lifespan/state``."""
        return {
            "startup_called": self.startup_called,
            "startup_time": self.startup_time,
            "shutdown_called": self.shutdown_called,
            "counter": self.counter,
            "background": self.background,
            "custom_data": dict(self.custom_data),
        }
