"""Both sides of a run in one trace."""

from __future__ import annotations

from typing import Any

from asgisim.drive.wire import record
from asgisim.drive.wire.record import Record
from asgisim.judge import Finding
from asgisim.model.trace import NOTE, Trace
from asgisim.model.trace import Step as TraceStep


def told(finding: Finding, played: Record) -> tuple[Trace, Finding]:
    """One trace, and the finding with its place in it."""
    first: dict[int, int] = {}
    for call, connection in sorted(played.pairs.items(), reverse=True):
        first[connection] = call
    rows = [(step.time, 1, index, step) for index, step in enumerate(played.app)]
    rows += [
        (one.time, 0, index, TraceStep(NOTE, _client_note(one), first.get(one.connection, 0), one.time))
        for index, one in enumerate(played.client)
    ]
    rows.sort(key=lambda row: (row[0], row[1], row[2]))
    own = [index for index, step in enumerate(played.app) if step.exchange == finding.exchange]
    mark = next((at for at, row in enumerate(rows) if row[1] == 1 and row[2] == finding.step), 0)
    if not own or finding.step == own[-1]:
        mark = len(rows) - 1  # what needs both sides is known at the end only
    steps = [row[3]._replace(time=round(row[3].time, 3)) for row in rows]
    changed = {name: getattr(finding, name) for name in Finding.__dataclass_fields__}
    return Trace(steps), Finding(**{**changed, "step": max(mark, 0)})


def _client_note(one: record.Heard) -> dict[str, Any]:
    """What the client did or saw, as a note of the trace."""
    data = one.data.to_json() if hasattr(one.data, "to_json") else one.data
    if isinstance(data, dict):
        dull = ("raw",) if one.kind in (record.REQUEST, record.RESPONSE, record.FRAME_OUT) else ()
        data = {
            key: value for key, value in data.items() if key not in dull and value not in ((), [], "", None)
        }
    return {"client": one.kind, "data": data}
