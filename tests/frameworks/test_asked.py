"""What an app that gives JSON back has to refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asgisim.frameworks import asked


@pytest.mark.parametrize("text", ["null", '{"a": [1, 2.5, "\\u00e9"]}', "[" * 50 + "]" * 50])
def test_what_can_be_written_is_let_through(text: str) -> None:
    value: Any = json.loads(text)
    assert asked.strict_json(value) is value


@pytest.mark.parametrize("text", ["NaN", "1e999", '"\\ud800"', '{"\\ud800": 1}', "[" * 200 + "]" * 200])
def test_what_python_reads_but_cannot_write_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"JSON compliant|surrogates|levels deep"):
        asked.strict_json(json.loads(text))
