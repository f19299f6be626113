"""Reports as strangers may send them: good JSON, with something else in some places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in JSON data, as the container and the key or index in it."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        yield data, key
        if isinstance(value, dict | list):
            yield from places(value)


ATOMS = st.one_of(st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), st.text(max_size=3))
SPOILT = st.one_of(ATOMS, st.lists(ATOMS, max_size=2), st.dictionaries(st.text(max_size=3), ATOMS))
