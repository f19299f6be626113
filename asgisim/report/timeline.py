"""A trace as lines to read: one step a line, never wrapped, long values shortened with their length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asgisim.model import notation, trace
from asgisim.model.trace import Step
from asgisim.report.style import Style, plain

WHO = {
    trace.SCOPE: "server",
    trace.WAIT: "app",
    trace.RECEIVE: "server",
    trace.SEND: "app",
    trace.SENT: "server",
    trace.LEFT: "client",
    trace.RETURN: "app",
    trace.RAISE: "app",
    trace.CANCEL: "server",
    trace.FACT: "asgisim",
    trace.NOTE: "asgisim",
}
STEPS_MAX = 40  # longer timelines lose their middle
_HEAD, _TAIL = 12, 24
_LIMITS = (200, 60, 40, 24)  # bytes or characters of one value, tried in turn until the line fits


def timeline(
    steps: Sequence[Step],
    mark: int | None = None,
    width: int = 80,
    style: Style = plain,
    whole: bool = False,
) -> list[str]:
    """The lines of a trace.

    mark: the index of the step to mark with ``>``; nothing after it is shown. width: columns; what is
    longer is cut with an ellipsis. whole: show every step, however many.
    """
    shown = list(enumerate(steps))[: None if mark is None else mark + 1]
    hidden = len(shown) - _HEAD - _TAIL
    several = len({step.exchange for _, step in shown}) > 1
    timed = any(step.time for _, step in shown)
    # A name that no specification knows may be any length, and must not push the others aside.
    column = max((len(_what(step)) for _, step in shown if len(_what(step)) <= 30), default=0)
    digits = len(str(len(shown)))
    lines: list[str] = []
    for position, (index, step) in enumerate(shown):
        if not whole and len(shown) > STEPS_MAX and _HEAD <= position < _HEAD + hidden:
            if position == _HEAD:
                lines.append(style("dim", f"       ... {hidden} steps ..."))
            continue
        lead = f"{index:>{digits + 5}}  "
        lead += f"#{step.exchange}  " if several else ""
        lead += f"{_time(step.time):>8}  " if timed else ""
        lead += f"{_who(step):<7} {_what(step):<{column}}  "
        line = (lead + _details(step, max(8, width - len(lead)))).rstrip()
        if index == mark:
            lines.append(style("mark", _cut(f"  >{line[3:]}", width)))
        else:
            lines.append(_cut(line, width))
    return lines


@dataclass(frozen=True, slots=True)
class Row:
    """One step in words, for a form that has columns of its own. time: empty while none has passed."""

    index: int
    exchange: int
    time: str
    who: str
    what: str
    details: str
    marked: bool


def rows(steps: Sequence[Step], mark: int | None = None, most: int = 400) -> list[Row]:
    """The steps up to the marked one, long values shortened; of more than `most`, the last."""
    end = len(steps) if mark is None else mark + 1
    return [
        Row(
            index,
            step.exchange,
            _time(step.time),
            _who(step),
            _what(step),
            _detail_text(step, _LIMITS[0]),
            index == mark,
        )
        for index, step in enumerate(steps[:end])
        if index >= end - most
    ]


def detail_column(steps: Sequence[Step], mark: int) -> int:
    """The column in which the words under the marked step begin."""
    shown = steps[: mark + 1]
    several = len({step.exchange for step in shown}) > 1
    digits = len(str(len(shown)))
    return digits + 7 + (4 if several else 0) + (10 if any(step.time for step in shown) else 0) + 8


def _time(seconds: float) -> str:
    return f"{seconds:g}s" if seconds else ""


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: width - 3] + "..."


def _heard(step: Step) -> bool:
    """Whether a note tells what the client on the wire did or saw: ``{"client": what, "data": data}``."""
    return step.kind == trace.NOTE and isinstance(step.data, dict) and set(step.data) == {"client", "data"}


def _who(step: Step) -> str:
    return "client" if _heard(step) else WHO[step.kind]


def _what(step: Step) -> str:
    data = step.data
    if _heard(step):
        return str(data["client"])
    if step.kind in (trace.SEND, trace.RECEIVE):
        kind = data.get("type") if isinstance(data, dict) else None
        return kind if type(kind) is str and kind.isprintable() and kind else f"{step.kind} of no event"
    if step.kind == trace.SCOPE:
        kind = data.get("type") if isinstance(data, dict) else None
        return kind if type(kind) is str and kind.isprintable() and kind else "scope"
    if step.kind == trace.FACT and isinstance(data, dict):
        return str(data.get("rule"))
    words = {
        trace.WAIT: "waits in receive",
        trace.SENT: "send",
        trace.LEFT: "leaves",
        trace.RETURN: "returns",
        trace.RAISE: "raises",
        trace.CANCEL: "cancels the call",
    }
    return words.get(step.kind, step.kind)


def _details(step: Step, room: int) -> str:
    text = ""
    for limit in _LIMITS:
        text = _detail_text(step, limit)
        if len(text) <= room:
            break
    return text


def _detail_text(step: Step, limit: int) -> str:
    data = step.data["data"] if _heard(step) else step.data
    if isinstance(data, dict) and _heard(step):
        return _pairs(data, limit)
    if step.kind in (trace.SEND, trace.RECEIVE) and isinstance(data, dict):
        if type(data.get("type")) is not str:
            return short(data, limit)
        return _pairs({key: item for key, item in data.items() if key != "type"}, limit)
    if step.kind == trace.SCOPE:
        return _scope_text(data, limit)
    if step.kind == trace.RAISE and isinstance(data, dict):
        kind, text = (_one_line(str(data.get(key, "")), limit) for key in ("type", "text"))
        return f"{kind}: {text}" if text else kind
    if step.kind == trace.FACT and isinstance(data, dict):
        return _one_line(str(data.get("detail", "")), limit * 2)
    if step.kind == trace.LEFT and isinstance(data, dict):
        return _pairs(data, limit)
    if data is None:
        return ""
    return _one_line(data, limit * 2) if isinstance(data, str) else short(data, limit)


def _scope_text(data: Any, limit: int) -> str:
    if not isinstance(data, dict) or data.get("type") not in ("http", "websocket", "lifespan"):
        return short(data, limit)
    words, rest = notation.scope_words(data)
    # Who listens and who calls says nothing; nor do the names of extensions that were merely offered,
    # nor the many optional keys that a small example does without.
    dull = ("client", "server", "state", "asgi", "extensions")
    telling = {
        key: item
        for key, item in rest.items()
        if item is not notation.ABSENT and not (key in dull and isinstance(item, tuple | dict))
    }
    return " ".join(words[1:]) + ("  " if telling and words[1:] else "") + _pairs(telling, limit)


def _pairs(values: dict[Any, Any], limit: int) -> str:
    return ", ".join(f"{_key(key)}={short(item, limit)}" for key, item in values.items())


def _key(key: Any) -> str:
    return key if type(key) is str and key.isprintable() else repr(key)


def _one_line(text: str, limit: int) -> str:
    text = " ".join(text.split())
    text = "".join(char if char.isprintable() else "?" for char in text)
    return text if len(text) <= limit else f"{text[: max(1, limit - 3)]}..."


def short(value: Any, limit: int) -> str:
    """A value as text; bytes and strings beyond `limit` are cut and their length told."""
    if isinstance(value, bytes | str) and len(value) > limit:
        keep = max(1, limit // 8 if isinstance(value, bytes) and not value.isascii() else limit // 2)
        unit = "bytes" if isinstance(value, bytes) else "characters"
        return f"{notation.value_text(value[:keep])}... ({len(value)} {unit})"
    if isinstance(value, list | tuple):
        most = limit // 8
        items = [short(item, limit) for item in value[:most]]
        items += [f"... ({len(value)} items)"] if len(value) > most else []
        text = ", ".join(items)
        if isinstance(value, list):
            return f"[{text}]"
        return f"({text},)" if len(items) == 1 else f"({text})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)!r}: {short(item, limit)}" for k, item in value.items()) + "}"
    text = "absent" if value is notation.ABSENT else notation.value_text(value)
    return text if len(text) <= limit + 16 else f"{text[:limit]}..."
