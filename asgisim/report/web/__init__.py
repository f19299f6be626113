"""Self-contained HTML pages: no network, light and dark, any width; nothing in the data can become markup.

Everything that comes from outside goes through `text` or `data`. A page also forbids itself, by a
policy of its own, every script and every address that it was not made with.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from asgisim.report.style import visible


def text(words: object) -> str:
    """Words as HTML text, also within quoted attributes; what cannot be seen is written as an escape."""
    return html.escape(visible(str(words)), quote=True)


def data(value: Any) -> str:
    """JSON that cannot end the element it stands in. ASCII only."""
    found = json.dumps(value, separators=(",", ":"))
    return found.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def link(words: str, address: str) -> str:
    """A link, if the address is one of the web; else the words alone."""
    if not address.startswith(("https://", "http://")):
        return text(words)
    return f'<a href="{text(address)}" rel="noreferrer noopener">{text(words)}</a>'


def page(title: str, body: str, scripts: Iterable[str] = (), values: Any = None) -> str:
    """The whole document.

    body: HTML. scripts: names of files of this folder, run in this order at the end. values: JSON data
    that they find in the element ``data``.
    """
    css = _file("style.css")
    code = "\n".join(_file(name) for name in ("page.js", *scripts))
    policy = f"default-src 'none'; style-src {_digest(css)}; script-src {_digest(code)}; img-src data:"
    policy += "; base-uri 'none'; form-action 'none'"
    held = "" if values is None else f'<script type="application/json" id="data">{data(values)}</script>\n'
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{html.escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{text(title)}</title>
<link rel="icon" href="data:,">
<style>{css}</style>
</head>
<body>
{body}
{held}<script>{code}</script>
</body>
</html>
"""


@cache
def _file(name: str) -> str:
    return files(__name__).joinpath(name).read_text("utf-8")


def _digest(words: str) -> str:
    made = base64.b64encode(hashlib.sha256(words.encode()).digest()).decode()
    return f"'sha256-{made}'"
