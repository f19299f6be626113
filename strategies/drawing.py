"""One flat draw of bytes, and `choose` on top of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

from asgisim.space import Choose

T = TypeVar("T")

# Most scenarios take 12 to 30 choices; what is not drawn is 0, the plainest.
LEAST, MOST = 16, 48
_CHOICES = st.binary(min_size=LEAST, max_size=MOST)


def drawn(build: Callable[[Choose], T]) -> st.SearchStrategy[T]:
    """A strategy for what `build` makes of its choices; shrinks towards all of them 0."""
    return _built(build)


# Not bytes that are mapped: Hypothesis would print a failing example as the call that made it, where
# what is drawn here prints as itself.
@st.composite
def _built(draw: st.DrawFn, build: Callable[[Choose], T]) -> T:
    return build(chooser(draw(_CHOICES)))


def chooser(data: bytes) -> Choose:
    """`choose` that reads its choices from bytes, and gives 0 once they are used up."""
    rest = iter(data)

    def choose(n: int) -> int:
        if n < 2:
            return 0
        value = next(rest, 0)
        if n > 256:
            return (value << 8 | next(rest, 0)) * n >> 16
        return value * n >> 8

    return choose
