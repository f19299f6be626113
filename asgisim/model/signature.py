"""How a callable wants to be called."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def signature(function: Callable[..., Any]) -> inspect.Signature:
    """The signature by which it is called: its own, and not that of a view that a decorator made it of.

    Where it only hands on what it is given (`*args`), that of what it says it wraps. Raises TypeError or
    ValueError where there is none to be seen.
    """
    own = inspect.signature(function, follow_wrapped=False)
    if any(one.kind is one.VAR_POSITIONAL for one in own.parameters.values()):
        return inspect.signature(function)
    return own
