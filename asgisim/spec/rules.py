"""What a rule is, and the catalogue of all of them.

A rule is one demand of the specification. It stands where its check stands: named in a cell of a
state table, above a check of one event or scope, above a check of the finished exchange, or as an
equivalence. No event is looked at in this module.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asgisim.spec.view import View

if sys.version_info >= (3, 11):  # noqa: UP036
    from enum import StrEnum
else:  # only the side that runs under --python: asgisim itself needs 3.11
    from enum import Enum

    class StrEnum(str, Enum):  # noqa: UP042
        """As of 3.11: a str whose text is its value."""

        __str__ = str.__str__


Event = dict[str, Any]


class Party(StrEnum):
    """Who is bound by a rule: a finding's party follows from the direction where this is BOTH."""

    APP = "app"
    SERVER = "server"
    BOTH = "both"


class Level(StrEnum):
    """How strongly the text asks. The order of the members is the order of gravity."""

    MUST = "must"
    SHOULD = "should"
    IMPLIED = "implied"
    MAY = "may"
    SILENT = "silent"

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return list(Level).index(self)


class By(StrEnum):
    """How a rule is checked."""

    CELL = "cell"  # a forbidden cell of a state table
    FIELD = "field"  # one scope or one event, apart from its place in time
    END = "end"  # the finished exchange
    EQUAL = "equal"  # two spellings of one exchange that mean the same
    DRIVE = "drive"  # a fact that only the simulator can see: hang, leak, blocked loop
    WIRE = "wire"  # both sides of a real socket compared
    BETWEEN = "between"  # both sides of a middleware compared, and with the inner app alone


@dataclass(frozen=True, slots=True)
class Rule:
    """One demand of the specification.

    id: the address, as in ``http.response.start.once``. since: edition, as ``2.0`` or
    ``2.3 (text 2022-09)`` or ``ext 2022-08``. section: ``document#anchor`` of the specification, or
    the RFC. says: the demand in one sentence of ours. hint: what to do about a break. advisory: worth
    telling, never a fault (it does not change the exit status).
    """

    id: str
    party: Party
    level: Level
    since: str
    section: str
    says: str
    hint: str
    by: By
    advisory: bool = False
    bit: int = field(default=0, compare=False)  # 1 << position in the catalogue; sets of rules are ints

    @property
    def url(self) -> str:
        """The address of the section on the web, or an empty str where the source is an RFC or a thread."""
        return url_of(self.section)


def url_of(section: str) -> str:
    """The address of a section (``www#http-connection-scope``) on the web; empty if it is not of the text."""
    document, _, anchor = section.split(" ")[0].partition("#")
    if document not in {"main", "www", "lifespan", "tls", "extensions"}:
        return ""
    page = {"tls": "specs/tls", "extensions": "extensions"}.get(document, f"specs/{document}")
    return f"https://asgi.readthedocs.io/en/latest/{page}.html" + (f"#{anchor}" if anchor else "")


CATALOGUE: dict[str, Rule] = {}


def rule(
    id: str,
    party: str,
    level: str,
    since: str,
    section: str,
    says: str,
    hint: str = "",
    *,
    by: By = By.FIELD,
    advisory: bool = False,
) -> Rule:
    """Make a rule and enter it in the catalogue. Raises ValueError for an id that is taken."""
    if id in CATALOGUE:
        raise ValueError(f"rule {id} is defined twice")
    bit = 1 << len(CATALOGUE)
    made = Rule(id, Party(party), Level(level), since, section, says, hint, by, advisory, bit)
    CATALOGUE[id] = made
    return made


CheckFunction = Callable[[Event, "View"], Iterator[str]]
EndFunction = Callable[["View"], Iterator[str]]
EventsCheck = Callable[[list[Event]], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """A check of one event or scope: a generator of details, one for each place that breaks the rule.

    key: the check is exercised only where this key is present. shape: the outcome depends on nothing
    but the event's keys and the exact types of its values, so it is looked at once for each shape.
    when_shape: `when` depends on nothing but the type and the shape of the event. headers: the check looks
    at nothing but the value of headers, and tidy ones (`shapes.tidy`) keep its rule. past: the outcome depends
    on nothing but what was before the event.
    """

    rule: Rule
    function: CheckFunction
    key: str | None
    shape: bool
    when: Callable[[Event, View], bool] | None
    when_shape: bool = False
    headers: bool = False
    past: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class EndCheck:
    """A check of a finished exchange; `when` tells whether it was exercised at all.

    kept: for a check that hangs on the sizes of bodies, a quick look at the events that the app sent, all of
    them well-formed: True only if the rule is kept.
    """

    rule: Rule
    function: EndFunction
    when: Callable[[View], bool]
    kept: EventsCheck | None = None


# What the checks look at: "receive http.request", "send http.response.start", "scope http",
# and "receive *", "send *", "scope *" for every event or scope of that direction.
CHECKS: dict[str, list[Check]] = {}
END_CHECKS: dict[str, list[EndCheck]] = {}


def check(
    rule: Rule,
    *on: str,
    key: str | None = None,
    shape: bool = False,
    when: Callable[[Event, View], bool] | None = None,
    when_shape: bool = False,
    headers: bool = False,
    past: bool = False,
) -> Callable[[CheckFunction], CheckFunction]:
    """Enter a generator function as the check of `rule` for the events or scopes named by `on`."""

    def enter(function: CheckFunction) -> CheckFunction:
        for place in on:
            made = Check(rule, function, key, shape, when, when_shape, headers, past)
            CHECKS.setdefault(place, []).append(made)
        return function

    return enter


def end_check(
    rule: Rule, *protocols: str, when: Callable[[View], bool], kept: EventsCheck | None = None
) -> Callable[[EndFunction], EndFunction]:
    """Enter a generator function as the check of finished exchanges of these protocols."""

    def enter(function: EndFunction) -> EndFunction:
        for protocol in protocols:
            END_CHECKS.setdefault(protocol, []).append(EndCheck(rule, function, when, kept))
        return function

    return enter
