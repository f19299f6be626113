"""What the values of options must look like: each reads one, or raises ArgumentTypeError."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Callable, Sequence
from typing import Any


def one_of(known: Sequence[str]) -> Callable[[str], str]:
    """One of these words."""

    def read(text: str) -> str:
        if text not in known:
            close = difflib.get_close_matches(text, known, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise argparse.ArgumentTypeError(f"expected one of {', '.join(known)}, but got {text!r}{hint}")
        return text

    return read


def count(least: int) -> Callable[[str], int]:
    """A whole number, at least so large."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) >= least):
            raise argparse.ArgumentTypeError(f"expected a whole number from {least} on, but got {text!r}")
        return int(text)

    return read


def port(text: str) -> int:
    """A port."""
    number = count(0)(text)
    if number > 65535:
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, but got {text!r}")
    return number


def seconds(text: str) -> float:
    """Seconds above 0."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"expected seconds, such as 30 or 0.5, but got {text!r}")
    return value


def loop(text: str) -> str:
    """A loop of the simulator."""
    if text == "uvloop":
        raise argparse.ArgumentTypeError("in process the simulator is the loop; expected asyncio or trio")
    return one_of(("asyncio", "trio"))(text)


def edition(text: str) -> Any:
    """An edition of the text."""
    from asgisim.spec.editions import edition

    try:
        return edition(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def path(text: str) -> str:
    """A path, or METHOD:/p."""
    method, _, path = text.partition(":")
    if not text.startswith("/") and not (path.startswith("/") and method.isalpha()):
        raise argparse.ArgumentTypeError(f"expected a path such as /p or METHOD:/p, but got {text!r}")
    return text


def method(text: str) -> str:
    """A token of RFC 9110."""
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", text):  # a token of RFC 9110
        raise argparse.ArgumentTypeError(f"expected a method such as GET, or WEBSOCKET, but got {text!r}")
    return text


def server_name(text: str) -> str:
    """A server, with @loop and all that `asgisim.servers.find` takes."""
    from asgisim.servers import ALIASES, SERVERS

    plain = text.partition("@")[0]
    known = sorted({*SERVERS, *ALIASES})
    if ":" not in plain and plain not in known:
        close = difflib.get_close_matches(plain, known, 1)
        hint = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(known)}"
        raise argparse.ArgumentTypeError(f"there is no server {plain!r}; {hint}")
    return text


def target_path(text: str) -> str:
    """A path with its query."""
    if not text.startswith("/"):
        raise argparse.ArgumentTypeError(f"expected a path that begins with /, but got {text!r}")
    return text


def header(text: str) -> tuple[bytes, bytes]:
    """NAME: VALUE, as a pair."""
    name, _, value = text.partition(":")
    if not re.fullmatch(_HEADER, text):
        raise argparse.ArgumentTypeError(f"expected 'name: value', but got {text!r}")
    return name.lower().encode("latin-1"), value.strip(" \t").encode("latin-1")


def every_header(text: str) -> tuple[bytes, bytes]:
    """The same for a header of all requests, which cannot say how long one is."""
    name, value = header(text)
    if name in (b"content-length", b"transfer-encoding"):
        raise argparse.ArgumentTypeError(f"{name.decode()} differs from request to request; leave it out")
    return name, value


# A token, and a value without what would end its line (RFC 9110 5.1, 5.5).
_HEADER = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*"


def may(text: str) -> str:
    """What a middleware may change."""
    from asgisim.middleware.compare import PARTS

    part, colon, name = text.partition(":")
    known = [*PARTS, "scope:KEY", "header:NAME"]
    if text not in PARTS and not (part in ("scope", "header") and colon and name):
        raise argparse.ArgumentTypeError(f"expected one of {', '.join(known)}, but got {text!r}")
    return text


def rule_prefix(text: str) -> str:
    """A rule's id, or the beginning of some."""
    from asgisim.spec import CATALOGUE

    if not text:
        raise argparse.ArgumentTypeError("expected a rule's id or a prefix of one, but got ''")
    if not any(rule.startswith(text) for rule in CATALOGUE):
        groups = {rule.rsplit(".", dots)[0] for rule in CATALOGUE for dots in range(1, rule.count(".") + 1)}
        close = difflib.get_close_matches(text, {**dict.fromkeys(groups), **CATALOGUE}, 1, 0.7)
        hint = f"did you mean {close[0]}?" if close else "asgisim rules lists them"
        raise argparse.ArgumentTypeError(f"there is no rule {text!r}; {hint}")
    return text
