"""A judgement that is made while the server works on the next scenario: it has time of its own then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Later(Generic[T]):
    """What `make` returns, made when there is time, at the latest when it is asked for."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        self._error: Exception | None = None

    def work(self) -> None:
        """Make it now. What goes wrong is raised where it is asked for."""
        if self._made or self._error:
            return
        try:
            self._made.append(self._make())
        except Exception as error:
            self._error = error

    def result(self) -> T:
        """What was made."""
        self.work()
        if self._error is not None:
            raise self._error
        return self._made[0]
