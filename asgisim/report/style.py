"""Marking parts of a text: plain, or in colour. The words are the same either way."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Style = Callable[[str, str], str]  # (part, text) -> text

# part: "rule", "bad", "mark", "good", "label", "dim"
_CODES = {"rule": "1", "bad": "1;31", "mark": "1;31", "good": "32", "label": "36", "dim": "2"}


def plain(part: str, text: str) -> str:
    """No marking."""
    return text


def colour(part: str, text: str) -> str:
    """ANSI colours."""
    code = _CODES.get(part)
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def choose(is_terminal: bool, environment: Mapping[str, str]) -> Style:
    """Colour on a terminal, unless NO_COLOR is set (and not empty) or the terminal is dumb."""
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb" or not is_terminal:
        return plain
    return colour
