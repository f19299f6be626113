"""Broken rules as the failure of a case."""

from __future__ import annotations

from asgisim.grid.exchange import Wrong
from asgisim.grid.model import Moment


class Findings(Wrong):
    """Rules are broken: `ids` names them, with the party before each."""

    def __init__(self, text: str, ids: list[str], timeline: list[Moment]) -> None:
        super().__init__(text)
        self.ids, self.timeline = ids, timeline
