"""How the documents are built: ``make docs``.

The pages stay plain Markdown that reads well anywhere. What only the built form needs is added here: tables
of contents, a page for each rule, drawings of the state machines.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import asgisim
from asgisim.report import catalogue, diagram
from asgisim.spec import CATALOGUE, PROTOCOLS

HERE = Path(__file__).parent

project = "asgisim"
release = version = asgisim.__version__
project_copyright = "the asgisim maintainers"
extensions = ["myst_parser"]
exclude_patterns = ["_build", "**/_*"]
nitpicky = True
suppress_warnings = ["myst.header"]  # tables without a heading of their own below it
language = "en_GB"
smartquotes = False  # an option begins with two dashes

myst_heading_anchors = 3
html_theme = "furo"
html_title = "asgisim"
html_show_sphinx = False
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["pages.css"]

# The order in each part of the table of contents; pages that are not named here come after those.
PARTS = {
    "Tutorials": ("tutorial", ["first-app", "property-test", "ci"]),
    "How to": (
        "how-to",
        [
            "test-client",
            "from-other-clients",
            "serve",
            "check-a-server",
            "probe",
            "frameworks",
            "grid",
            "ci",
            "reports",
        ],
    ),
    "Reference": ("reference", ["cli", "configuration", "python", "seed-file", "machines", "rules/index"]),
    "Explanation": (
        "explanation",
        ["architecture", "what-asgi-leaves-open", "virtual-time", "two-engines", "puppet", "equal-spellings"],
    ),
    "Found": ("", ["findings", "known-bugs", "known-bugs-servers", "known-bugs-corpus"]),
    "Project": ("project", ["CONTRIBUTING", "CHANGELOG", "SECURITY"]),
}


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("builder-inited", rules)
    app.connect("source-read", added)
    return {"parallel_read_safe": True}


def rules(app: Any) -> None:
    """Write the pages of the rules, and those of the project, beside the sources; they are not committed.

    The rules are in no table of contents: it stands on every page, and would be five hundred lines long.
    """
    orphan = "---\norphan: true\n---\n"
    pages = {f"reference/rules/{rule.id}.md": orphan + catalogue.page(rule) for rule in CATALOGUE.values()}
    pages["reference/rules/index.md"] = catalogue.index()
    for name in PARTS["Project"][1]:
        text = (HERE.parent / f"{name}.md").read_text("utf-8")
        pages[f"project/{name}.md"] = text.replace("](docs/", "](/")
    for folder in ("reference/rules", "project"):
        (HERE / folder).mkdir(exist_ok=True)
        for old in (HERE / folder).glob("*.md"):
            if f"{folder}/{old.name}" not in pages:
                old.unlink()
    for name, text in pages.items():
        path = HERE / name
        if not path.exists() or path.read_text("utf-8") != text:  # else every page is built anew
            path.write_text(text, "utf-8")


def added(app: Any, name: str, source: list[str]) -> None:
    """What a page has in its built form only."""
    source[0] = re.sub(r"\]\((?:\.\./)+([A-Z]+\.md)\)", r"](/project/\1)", source[0])
    if name == "index":
        source[0] += "".join(toctree(caption, listed(*part)) for caption, part in PARTS.items())
    elif name == "findings":
        source[0] += toctree("", listed("findings", []))
    elif name == "reference/machines":
        source[0] = linked(drawn(source[0]))


def listed(folder: str, first: list[str]) -> list[str]:
    """The pages of a folder, those that are named first."""
    there = (
        sorted(path.stem for path in (HERE / folder).glob("*.md") if path.stem[0] != "_") if folder else []
    )
    names = [*first, *(name for name in there if name not in first)]
    return [f"{folder}/{name}" if folder else name for name in names]


def toctree(caption: str, pages: list[str]) -> str:
    """A table of contents for the side of the page."""
    head = f":caption: {caption}\n" if caption else ""
    return "\n```{toctree}\n:hidden:\n" + head + "\n" + "\n".join(pages) + "\n```\n"


def drawn(text: str) -> str:
    """The page of the state tables with a drawing before each table."""
    for protocol in PROTOCOLS.values():
        for machine, whose in (
            (protocol.receive, "what receive gives"),
            (protocol.send, "what the app sends"),
        ):
            heading = f"## {protocol.name}: {whose}\n"
            picture = diagram.svg(machine, f"State machine: {protocol.name}, {whose}")
            text = text.replace(heading, f"{heading}\n{picture}\n")
    return text


def linked(text: str) -> str:
    """The page of the state tables with its rules as links."""

    def link(match: re.Match[str]) -> str:
        known = match[2] in CATALOGUE
        return f"{match[1]} [{match[2]}](rules/{match[2]}.md)" if known else match[0]

    return re.sub(r"([✗!]) ([a-z][\w.-]*[\w-])", link, text)
