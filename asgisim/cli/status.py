"""How a command ends: its exit status, or the one line that says why it could not do its job."""

from __future__ import annotations

OK, BROKEN, FAILED, INTERRUPTED = 0, 1, 2, 130


class UsageError(Exception):
    """asgisim cannot do what was asked; the message is one line for the user."""
