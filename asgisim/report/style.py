"""Marking parts of a text, plain or in colour, and words that say nothing to a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

# Characters that turn the direction of the text around them, or end a line where one is not wanted.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

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


def clean(words: str) -> str:
    """On one line and without control characters, which an app or a file of a stranger may well hold."""
    return visible(" ".join(words.split()))


def visible(words: str) -> str:
    """Control characters, turning characters and lone surrogates as escapes; line breaks stay."""
    return "".join(char if _shown(char) else ascii(char)[1:-1] for char in words)


def _shown(char: str) -> bool:
    if char.isascii():
        return char.isprintable() or char == "\n"
    return char not in _TURNING and unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Zl", "Zp")
