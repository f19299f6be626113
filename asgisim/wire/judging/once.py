"""What is worked out at the first look and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from functools import cached_property

    once = cached_property
else:

    class once:
        """As functools.cached_property, which on Python 3.11 takes a lock at each first look."""

        def __init__(self, make: Callable[[Any], Any]) -> None:
            self.make = make
            self.name = make.__name__
            self.__doc__ = make.__doc__

        def __get__(self, owner: Any, kind: Any) -> Any:
            if owner is None:
                return self
            made = owner.__dict__[self.name] = self.make(owner)
            return made
