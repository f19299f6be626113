"""What every cell of a run is told, as plain data that can be pickled."""

from __future__ import annotations

import fnmatch
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from asgisim.grid.model import Cell

DOOR = "asgisim.grid.watched:app"


@dataclass(frozen=True, slots=True)
class Order:
    """How cells are played.

    apps: framework to ``module:attribute``, for a user's own app. cases: patterns of case ids
    (``websocket/*``); empty for all. quick: without the cases that are slow. patience: seconds that a case
    waits for what must come; a repeat waits thrice as long. repeats: of a case that failed. folder:
    importable for the app. door: what the server loads, an app that is `asgisim.grid.watched` in the end.
    keep: folder for the reports of cells, each written whole when it is there, or empty. stop: a file whose
    existence ends cells early, or empty. expected: folders with files of expected failures, beside our
    own. env: for the servers. limit: seconds for all cases of a cell, after which the rest cannot run: some
    servers never come to rest once a framework does not.
    """

    seed: int = 0
    apps: Mapping[str, str] = field(default_factory=dict)
    cases: tuple[str, ...] = ()
    quick: bool = False
    patience: float = 1.0
    repeats: int = 1
    folder: str = ""
    door: str = DOOR
    keep: str = ""
    stop: str = ""
    expected: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    limit: float = 120.0

    def wants(self, case: str) -> bool:
        """Whether a case was asked for."""
        return not self.cases or any(fnmatch.fnmatchcase(case, one) for one in self.cases)

    def rerun(self, cell: Cell, case: str = "") -> str:
        """The command that plays a cell, or one case of it, again."""
        words = ["asgisim", "grid", "--server", cell.behind]
        if cell.framework in self.apps:
            words += ["--app", self.apps[cell.framework]]
        else:
            words += ["--framework", cell.framework]
        if self.quick:
            words.append("--quick")
        for one in (case,) if case else self.cases:
            words += ["--case", one]
        if self.seed:
            words += ["--seed", str(self.seed)]
        return shlex.join(words)
