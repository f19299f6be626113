"""What a grid is made of, as plain data, and the report file (JSON both ways).

Cases are known once per report; a cell holds an outcome for each of them. Whoever draws a report needs
nothing but this module.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

FORMAT = 1
IN_PROCESS = "in-process"
Made = TypeVar("Made")
_HINTS: dict[type[Any], dict[str, Any]] = {}  # fields of the dataclasses here: there are many outcomes
_LONE = re.compile("[\ud800-\udfff]")  # half characters, which no report can be written with

# Category to its title, in the order of the columns.
CATEGORIES: dict[str, str] = {
    "http-scope": "HTTP scope",
    "http-messages": "HTTP messages",
    "websocket": "WebSocket",
    "lifespan": "Lifespan",
    "streaming": "Streaming",
    "disconnect": "Disconnect",
    "methods": "Methods and status",
    "headers": "Headers",
    "upload": "Upload",
    "errors": "Errors",
    "rules": "Rules",
}


class ReportError(ValueError):
    """A file that is no grid report; the message says where and what was expected."""


class Status(StrEnum):
    """What became of a case in a cell.

    FAIL counts; so does XPASS (an expected failure that passes: the file of expectations is out of date).
    SKIP: the case has no meaning there (raw bytes in process). CANNOT_RUN: it could not be asked (the server
    died, the run was interrupted). FLAKY: it failed, and passed when repeated. NOT_INSTALLED: of whole cells.
    """

    PASS = "pass"
    FAIL = "fail"
    SKIP = "skip"
    XFAIL = "xfail"
    XPASS = "xpass"
    CANNOT_RUN = "cannot-run"
    FLAKY = "flaky"
    NOT_INSTALLED = "not-installed"

    @property
    def red(self) -> bool:
        """Whether it makes the exit status 1."""
        return self in (Status.FAIL, Status.XPASS)


_STATUSES = {one.value: one for one in Status}


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the tables: id is ``category/name``; section: the text's, as rules have it, or empty.

    level: must, should, implied or silent. A silent case never fails for what it sees: it reports it
    (Outcome.seen), so that cells can be compared.
    """

    id: str
    category: str
    sentence: str
    section: str = ""
    level: str = "must"


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of the grid. stack: of the server (``h11-wsproto``), empty where there is one only."""

    framework: str
    server: str
    stack: str = ""
    loop: str = "asyncio"

    @property
    def behind(self) -> str:
        """The server as ``--server`` takes it: ``uvicorn-h11-wsproto@asyncio``, ``in-process@asyncio``."""
        return f"{self.server}{'-' if self.stack else ''}{self.stack}@{self.loop}"

    @property
    def id(self) -> str:
        """``starlette:uvicorn-h11-wsproto@asyncio``; names a cell in reports and file names."""
        return f"{self.framework}:{self.behind}"

    @property
    def in_process(self) -> bool:
        """Whether there is no socket between us and the app."""
        return self.server == IN_PROCESS


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a timeline: seconds since the case began, who (client or app), what, in words.

    client: what our client wrote or read on the wire. app: what crossed the boundary of the app, where
    ``<-`` is given to it and ``->`` sent by it.
    """

    at: float
    side: str
    what: str


@dataclass(slots=True)
class Outcome:
    """What became of one case. message: why, for all that is not a pass. seen: what was observed, in a word
    or two, of cases whose answers may differ. attempts: how often it was run. findings: ids of broken
    rules, with the party before them (``app http.response.start.status.type``).
    """

    case: str
    status: Status
    message: str = ""
    seen: str = ""
    timeline: list[Moment] = field(default_factory=list)
    seconds: float = 0.0
    attempts: int = 1
    findings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class CellReport:
    """All that is known of a cell.

    state: ``ran``; ``not-installed``; ``cannot-run`` (reason says why: the server does not start with this
    app, the loop is none for this framework); ``died`` (the server ended before the cases did: reason has
    the end of its log). versions: of Python, framework, server, loop. rerun: the command for this cell.
    """

    cell: Cell
    state: str = "ran"
    reason: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    platform: str = ""
    seed: int = 0
    seconds: float = 0.0
    rerun: str = ""
    outcomes: list[Outcome] = field(default_factory=list)

    def count(self, category: str | None = None) -> Counter[Status]:
        """How many cases of each status, of one category or of all."""
        return Counter(
            one.status for one in self.outcomes if category is None or one.case.startswith(f"{category}/")
        )

    @property
    def red(self) -> bool:
        """Whether something in it makes the exit status 1: a failed case, or a server that died."""
        return self.state == "died" or any(one.status.red for one in self.outcomes)

    def to_json(self) -> dict[str, Any]:
        """JSON data; what is empty is left out of outcomes."""
        return {
            **{one.name: getattr(self, one.name) for one in fields(self) if one.name != "outcomes"},
            "cell": asdict(self.cell),
            "outcomes": [_lean(one) for one in self.outcomes],
        }

    @classmethod
    def from_json(cls, data: Any, where: str = "cell") -> CellReport:
        """The inverse of to_json; unknown keys are passed over. Raises ReportError."""
        got = _known(cls, data, where, "cell", "outcomes")
        got["cell"] = _made(Cell, got.get("cell"), f"{where}.cell")
        got["outcomes"] = _each(got, "outcomes", where, _outcome)
        return cls(**got)


@dataclass(frozen=True, slots=True)
class Axes:
    """Which frameworks, servers (``uvicorn-h11-wsproto@asyncio``, ``in-process@asyncio``) were asked for."""

    frameworks: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()


@dataclass(slots=True)
class GridReport:
    """A whole run, or several merged. titles: framework to what it is called. date: ISO, in UTC."""

    asgisim: str = ""
    date: str = ""
    platform: str = ""
    seed: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    command: str = ""
    axes: Axes = field(default_factory=Axes)
    titles: dict[str, str] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    cells: list[CellReport] = field(default_factory=list)

    def at(self, framework: str, behind: str) -> CellReport | None:
        """The report of a cell, None if it is not there."""
        for one in self.cells:
            if one.cell.framework == framework and one.cell.behind == behind:
                return one
        return None

    @property
    def frameworks(self) -> list[str]:
        """Those that occur, in order."""
        return _distinct(self.axes.frameworks, (one.cell.framework for one in self.cells))

    @property
    def behinds(self) -> list[str]:
        """The servers with stack and loop that occur, in order."""
        return _distinct(self.axes.servers, (one.cell.behind for one in self.cells))

    @property
    def red(self) -> bool:
        """Whether something is broken."""
        return any(one.red for one in self.cells)

    def to_json(self) -> dict[str, Any]:
        """JSON data with the format's version."""
        return {
            "format": FORMAT,
            "kind": "asgisim-grid",
            **{one.name: getattr(self, one.name) for one in fields(self)},
            "axes": {"frameworks": list(self.axes.frameworks), "servers": list(self.axes.servers)},
            "cases": [asdict(one) for one in self.cases],
            "cells": [one.to_json() for one in self.cells],
        }

    @classmethod
    def from_json(cls, data: Any, where: str = "report") -> GridReport:
        """The inverse of to_json. Raises ReportError for what is no report, or one of a later format."""
        whole = _object(data, where)
        if whole.get("kind") != "asgisim-grid":
            raise ReportError(f"{where}: expected a report of asgisim grid (--format json)")
        if whole.get("format") != FORMAT:
            raise ReportError(
                f"{where}: expected the format {FORMAT}, but got {str(whole.get('format'))[:40]}"
            )
        got = _known(cls, whole, where, "axes", "cases", "cells")
        axes = _known(Axes, got.get("axes", {}), f"{where}.axes")
        got["axes"] = Axes(**{name: tuple(values) for name, values in axes.items()})
        got["cases"] = _each(got, "cases", where, lambda one, at: _made(Case, one, at))
        got["cells"] = _each(got, "cells", where, CellReport.from_json)
        return cls(**got)


def _lean(outcome: Outcome) -> dict[str, Any]:
    """An outcome without what is empty or the default: there are many thousands of them."""
    data: dict[str, Any] = {
        "case": outcome.case,
        "status": outcome.status.value,
        "seconds": round(outcome.seconds, 4),
    }
    for name in ("message", "seen", "findings"):
        if value := getattr(outcome, name):
            data[name] = value
    if outcome.attempts != 1:
        data["attempts"] = outcome.attempts
    if outcome.timeline:
        data["timeline"] = [[round(one.at, 4), one.side, one.what] for one in outcome.timeline]
    return data


def _outcome(data: Any, where: str) -> Outcome:
    got = _known(Outcome, data, where, "status", "timeline")
    status = _STATUSES.get(str(got.get("status")))
    if status is None:
        raise ReportError(f"{where}.status: expected one of {', '.join(_STATUSES)}")
    got["status"] = status
    got["timeline"] = _each(got, "timeline", where, _moment)
    return _whole(Outcome, got, where)


def _moment(data: Any, where: str) -> Moment:
    if not isinstance(data, list) or len(data) != 3:
        raise ReportError(f"{where}: expected seconds, who and what")
    return _made(Moment, dict(zip(("at", "side", "what"), data, strict=True)), where)


def _made(kind: type[Made], data: Any, where: str) -> Made:
    return _whole(kind, _known(kind, data, where), where)


def _whole(kind: type[Made], got: dict[str, Any], where: str) -> Made:
    try:
        return kind(**got)
    except TypeError as error:  # a field without a default is not there
        raise ReportError(f"{where}: expected more: {error}") from None


def _each(got: dict[str, Any], name: str, where: str, make: Callable[[Any, str], Made]) -> list[Made]:
    items = got.get(name, [])
    if not isinstance(items, list):
        raise ReportError(f"{where}.{name}: expected a list, but got {type(items).__name__}")
    return [make(one, f"{where}.{name}[{number}]") for number, one in enumerate(items)]


def _known(kind: type[Any], data: Any, where: str, *later: str) -> dict[str, Any]:
    """What an object has of the fields of a dataclass, of their types but for those looked at later."""
    got = _object(data, where)
    found = {name: got[name] for name in _hints(kind) if name in got}
    for name, value in found.items():
        if name not in later and not _fits(value, _hints(kind)[name]):
            wanted = next(one.type for one in fields(kind) if one.name == name)
            raise ReportError(f"{where}.{name}: expected {wanted}, but got {_shown(value, wanted)}")
    return found


def _shown(value: Any, wanted: Any) -> str:
    """Its type; if that is right, the value, such as a float that is no number or a str that is no text."""
    kind = type(value).__name__
    return ascii(value)[:80] if str(wanted).startswith(kind) else kind


def _hints(kind: type[Any]) -> dict[str, Any]:
    if kind not in _HINTS:
        _HINTS[kind] = get_type_hints(kind)
    return _HINTS[kind]


def _fits(value: Any, hint: Any) -> bool:
    if hint is float:
        return type(value) in (int, float) and abs(value) < 1e15
    if hint is str:
        return isinstance(value, str) and (value.isascii() or not _LONE.search(value))
    if hint in (int, bool):
        return type(value) is hint
    inner = get_args(hint)
    if get_origin(hint) is dict:
        return type(value) is dict and all(_fits(one, inner[1]) for one in value.values())
    return type(value) is list and all(_fits(one, inner[0]) for one in value)


def _object(data: Any, where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ReportError(f"{where}: expected an object, but got {type(data).__name__}")
    return data


def _distinct(*groups: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(one for group in groups for one in group))
