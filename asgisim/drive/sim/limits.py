"""How much an app may do before the simulated server gives up on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Budgets of one run.  Counts are virtual and exact; only wall and blocked are real seconds.

    passes: scheduler passes without progress, then the app spins. late: sends, and likewise receives,
    once the client has gone or the response is complete, then the app floods. quiet: jumps of the
    clock without progress before a script step is forced. jumps: jumps of the clock after the script
    is over, and again after the client has gone. steps: trace steps of one exchange before its client
    leaves. recorded: bytes of body kept exactly in the trace of one exchange; total: bytes after which
    its client leaves. wall: seconds that worker threads may stay at work. blocked: seconds that the
    app may hold the event loop, and twice that while it hardly uses the processor, which others may have.
    """

    passes: int = 3000
    late: int = 100
    quiet: int = 20
    jumps: int = 60
    steps: int = 2_000
    recorded: int = 1 << 20
    total: int = 1 << 26
    wall: float = 5.0
    blocked: float = 3.0
