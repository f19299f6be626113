"""What a grid is made of, as plain data, and the report file (JSON both ways).

Cases are known once per report; a cell holds an outcome for each of them. Whoever draws a report needs
nothing but this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

FORMAT = 1
IN_PROCESS = "in-process"

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
        got = _object(data, where)
        known = {one.name: got[one.name] for one in fields(cls) if one.name in got}
        try:
            known["cell"] = Cell(**_known(Cell, got["cell"]))
            known["outcomes"] = [_outcome(one) for one in got.get("outcomes", [])]
            return cls(**known)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ReportError(f"{where}: expected a cell's report, but {_why(error)}") from None


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
        got = _object(data, where)
        if got.get("kind") != "asgisim-grid":
            raise ReportError(f"{where}: expected a report of asgisim grid (--format json)")
        if got.get("format") != FORMAT:
            raise ReportError(f"{where}: expected the format {FORMAT}, but got {got.get('format')!r}")
        known = {one.name: got[one.name] for one in fields(cls) if one.name in got}
        try:
            axes = _object(got.get("axes", {}), f"{where}.axes")
            known["axes"] = Axes(tuple(axes.get("frameworks", ())), tuple(axes.get("servers", ())))
            known["cases"] = [Case(**_known(Case, one)) for one in got.get("cases", [])]
        except (TypeError, AttributeError) as error:
            raise ReportError(f"{where}: expected axes and cases, but {_why(error)}") from None
        known["cells"] = [
            CellReport.from_json(one, f"{where}.cells[{number}]")
            for number, one in enumerate(got.get("cells", []))
        ]
        return cls(**known)


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


def _outcome(data: Any) -> Outcome:
    got = _known(Outcome, data)
    got["status"] = Status(got["status"])
    got["timeline"] = [Moment(*one) for one in got.get("timeline", ())]
    return Outcome(**got)


def _known(kind: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    return {key: value for key, value in data.items() if key in names}


def _object(data: Any, where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ReportError(f"{where}: expected an object, but got {type(data).__name__}")
    return data


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _distinct(*groups: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(one for group in groups for one in group))
