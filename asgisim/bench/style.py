"""What all charts look like, on light pages and on dark ones."""

from __future__ import annotations

STYLE = """
svg { background: #fff; font: 12px system-ui, sans-serif; } text { fill: #333; } .small { font-size: 10px; }
.title { font-size: 15px; font-weight: 600; } .name { font-weight: 600; } .axis { stroke: #999; } .grid { stroke: #ddd; }
.line { fill: none; stroke-width: 2; } .asgi { stroke: #0072b2; } .native { stroke: #d55e00; }
.decorator { stroke: #009e73; stroke-dasharray: 5 3; } .range { stroke-width: 1; stroke-dasharray: none; }
@media (prefers-color-scheme: dark) { svg { background: #1a1a1a; } text { fill: #ccc; } .axis { stroke: #777; }
.grid { stroke: #333; } .asgi { stroke: #56b4e9; } .native { stroke: #e69f00; } .decorator { stroke: #2ecc9a; } }
""".strip()  # noqa: E501
