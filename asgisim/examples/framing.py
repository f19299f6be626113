"""Examples for the rules of HTTP itself."""

from __future__ import annotations

from asgisim.examples.build import RETURNS, example, gives, scope, sends
from asgisim.trace import Step


def _answer(status: int, body: bytes, length: bytes | None = None) -> list[Step]:
    headers = [] if length is None else [(b"content-length", length)]
    return [
        scope("http"),
        gives("http.request"),
        sends("http.response.start", status=status, headers=headers),
        sends("http.response.body", body=body),
        RETURNS,
    ]


example("robust.wrong-length", _answer(200, b"hello", b"5"), _answer(200, b"hello", b"6"))
example("robust.body-not-allowed", _answer(204, b""), _answer(204, b"hello"))
