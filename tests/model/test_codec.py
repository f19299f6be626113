"""What a trace can carry."""

from __future__ import annotations

from asgisim.model import codec


class Line(tuple[bytes, bytes]):
    """A pair with a class of its own, as hpack's headers are."""


def test_a_tuple_of_a_class_of_its_own_is_a_tuple() -> None:
    assert codec.decode(codec.encode([Line((b"a", b"1"))])) == [(b"a", b"1")]
