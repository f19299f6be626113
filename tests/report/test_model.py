"""What a finding says would have been right."""

from __future__ import annotations

import pytest

from asgisim import judge
from asgisim.model import notation
from asgisim.report.model import Item

START = "http GET /, extensions={}"
BODY = ["http.response.body", "http.response.body, more_body", "raise"]


def item(*lines: str) -> Item:
    trace = notation.read("\n".join(lines))
    [finding] = judge(trace).findings
    return Item.of(finding, trace, "x")


@pytest.mark.parametrize(
    ("lines", "right"),
    [
        (("http GET /", "< http.response.start status=200", "return"), BODY),
        (
            (
                "http GET /, extensions={'http.response.trailers': {}}",
                "< http.response.start status=200, trailers=True",
                "return",
            ),
            ["http.response.body, trailers due", "http.response.body, more_body", "raise"],
        ),
        (
            (
                "http GET /, extensions={'http.response.pathsend': {}}",
                "< http.response.start status=200",
                "return",
            ),
            ["http.response.body", "http.response.pathsend", "http.response.body, more_body", "raise"],
        ),
        (("websocket /", "> websocket.connect", "return"), ["websocket.close", "websocket.accept", "raise"]),
    ],
    ids=["plain", "trailers", "pathsend", "websocket"],
)
def test_only_what_this_exchange_allows_is_told(lines: tuple[str, ...], right: list[str]) -> None:
    assert item(*lines).allowed_here() == right
