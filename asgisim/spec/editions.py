"""Which text of the specification is judged by.

An edition is a spec_version together with the date of its text, since several changes came in
without a new version. ``since`` of a rule is compared with it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_VERSION = re.compile(r"(\d+)\.(\d+)")
_DATE = re.compile(r"(\d{4})-(\d{2})")

VERSIONS = ("2.0", "2.1", "2.2", "2.3", "2.4", "2.5")
NEWEST_TEXT = (2026, 11)


class Edition(NamedTuple):
    """A version (major, minor) and the date of the text (year, month) that is read."""

    version: tuple[int, int]
    text: tuple[int, int] = NEWEST_TEXT

    def has(self, since: str) -> bool:
        """Whether a rule or a reading that came `since` is part of this edition.

        ``2.3`` asks for the version. A date, as in ``ext 2022-08`` or ``2.3 (text 2022-09)``, asks
        for the text alone: changes without a bump bind whoever reads the text of today. RFCs always do.
        """
        date = _DATE.search(since)
        if date:
            return (int(date[1]), int(date[2])) <= self.text
        version = _VERSION.match(since)
        if not version:
            return True
        major, minor = int(version[1]), int(version[2])
        # ASGI 3.0 (2019) is the shape of the callable; the www documents count on from 2.1.
        return major == 3 or (major, minor) <= self.version or major == 1

    def __str__(self) -> str:
        name = f"{self.version[0]}.{self.version[1]}"
        return name if self.text == NEWEST_TEXT else f"{name} ({self.text[0]}-{self.text[1]:02})"


CURRENT = Edition((2, 5))
_OLDEST = Edition((2, 0))


def edition(name: str | None, default: Edition = CURRENT) -> Edition:
    """Read ``2.3`` or ``2.3 (2023-05)`` or a bare date ``2023-05``; None gives the default.

    Raises ValueError, with what was expected, for anything else.
    """
    if name is None:
        return default
    date = _DATE.search(name)
    version = _VERSION.match(name.strip())
    if not date and (not version or version[0] not in VERSIONS or version.end() != len(name.strip())):
        known = ", ".join(VERSIONS)
        raise ValueError(f"expected an edition such as {known} or '2.3 (2023-05)', but got {name!r}")
    number = (int(version[1]), int(version[2])) if version and not _DATE.match(name) else default.version
    return Edition(number, (int(date[1]), int(date[2])) if date else NEWEST_TEXT)


def announced(scope: object, forced: Edition | None = None) -> Edition:
    """The edition for an exchange: the forced one, or the spec_version that the scope announces.

    A missing or unreadable spec_version means 2.0 (www, spec versions); the text's date is today's.
    """
    if forced is not None:
        return forced
    asgi = scope.get("asgi") if isinstance(scope, dict) else None
    name = asgi.get("spec_version") if isinstance(asgi, dict) else None
    return _announced(name) if type(name) is str else _OLDEST


@lru_cache(maxsize=256)
def _announced(name: str) -> Edition:
    match = _VERSION.match(name)
    return Edition((int(match[1]), int(match[2]))) if match else _OLDEST
