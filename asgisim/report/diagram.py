"""A state machine as a drawing (SVG), made from its table: states below one another, moves on the right.

What stays in its state or breaks a rule is not drawn; the table beside it has every cell. The lines take the
colour of the text around them, so that the drawing is at home on light and on dark pages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from html import escape
from typing import Any

from asgisim.spec.table import Advice, Dated
from asgisim.spec.view import Machine

BOX, GAP, ROW, PAD = 150, 22, 20, 12  # pixels: width of a box, space between boxes, height of a port, margin
LETTER = 6.7  # pixels, of the font that is used
LANE = 14  # pixels between two vertical lines


@dataclass(slots=True)
class _Edge:
    source: Enum
    target: Enum
    labels: list[str] = field(default_factory=list)
    out: float = 0.0  # the height at which it leaves
    into: float = 0.0  # and at which it arrives

    @property
    def label(self) -> str:
        return " or ".join(self.labels)


def svg(machine: Machine, title: str) -> str:
    """The drawing, without blank lines, so that it can stand in Markdown. title: for who cannot see it."""
    edges = _edges(machine)
    tops: dict[Enum, tuple[float, float]] = {}
    y = float(PAD)
    for state in machine.table:
        ports = [(edge, "out") for edge in edges if edge.source is state]
        ports += [(edge, "into") for edge in edges if edge.target is state]
        height = max(30.0, ROW * len(ports) + 10)
        for number, (edge, side) in enumerate(ports):
            setattr(edge, side, y + 15 + number * ROW if len(ports) > 1 else y + height / 2)
        tops[state] = (y, height)
        y += height + GAP
    first = PAD + BOX + max((len(edge.label) for edge in edges), default=0) * LETTER + 24
    width = first + LANE * len(edges) + PAD
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {y:.0f}" width="{width:.0f}"'
        f' role="img" class="machine" style="max-width:100%;height:auto">',
        f"<title>{escape(title)}</title>",
        '<g fill="none" stroke="currentColor" font-family="monospace" font-size="11">',
    ]
    for number, edge in enumerate(sorted(edges, key=lambda one: abs(one.out - one.into))):
        lines += _line(edge, first + LANE * number)
    for state, (top, height) in tops.items():
        lines += _box(state.name, top, height, state is machine.start)
    return "\n".join([*lines, "</g>", "</svg>"])


def _edges(machine: Machine) -> list[_Edge]:
    found: dict[tuple[Enum, Enum], _Edge] = {}
    for state, row in machine.table.items():
        for seen, cell in row.items():
            target = _target(cell)
            if target is not None and target is not state:
                edge = found.setdefault((state, target), _Edge(state, target))
                edge.labels.append(str(seen.value))
    return list(found.values())


def _target(cell: Any) -> Enum | None:
    if isinstance(cell, Advice):
        return _target(cell.next)
    if isinstance(cell, Dated):
        return _target(cell.after) or _target(cell.before)
    return cell if isinstance(cell, Enum) else None


def _line(edge: _Edge, lane: float) -> list[str]:
    right = PAD + BOX
    path = f"M{right} {edge.out:.0f} H{lane:.0f} V{edge.into:.0f} H{right + 5}"
    head = f"{right},{edge.into:.0f} {right + 8},{edge.into - 4:.0f} {right + 8},{edge.into + 4:.0f}"
    return [
        f'<path d="{path}" opacity="0.6"/>',
        f'<polygon points="{head}" fill="currentColor" stroke="none"/>',
        f'<text x="{right + 12}" y="{edge.out - 3:.0f}" fill="currentColor" stroke="none">'
        f"{escape(edge.label)}</text>",
    ]


def _box(name: str, top: float, height: float, start: bool) -> list[str]:
    middle = PAD + BOX / 2
    return [
        f'<rect x="{PAD}" y="{top:.0f}" width="{BOX}" height="{height:.0f}" rx="6"'
        f' stroke-width="{2.5 if start else 1}"/>',
        f'<text x="{middle:.0f}" y="{top + height / 2 + 4:.0f}" fill="currentColor" stroke="none"'
        f' text-anchor="middle" font-weight="bold">{escape(name)}</text>',
    ]
