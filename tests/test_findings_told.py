"""Every published finding is told whole: rule, text, script, what upstream knows; and they are many."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asgisim.spec import CATALOGUE

DOCS = Path(__file__).parent.parent / "docs"
FOLDER = DOCS / "findings"
FRAMEWORKS = ("starlette", "fastapi", "quart", "django", "litestar", "blacksheep", "falcon", "sanic")
LEAST = 50  # distinct findings that the project promises
KNOWS = re.compile(r"\]\(https://|no thread found|no hit|not searchable|new\b|as above")


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def rows(page: str, script: str) -> list[list[str]]:
    """The rows of the tables of a page that name a script."""
    text = (FOLDER / page).read_text(encoding="utf-8")
    return [cells(line) for line in text.splitlines() if line.startswith("| ") and re.search(script, line)]


def rules(text: str) -> list[str]:
    return [rule for rule in re.findall(r"`([a-z0-9]+\.[a-z0-9.-]+)`", text) if rule in CATALOGUE]


def sections(page: str) -> dict[str, str]:
    """The parts of a framework's page that are of a rule, by their titles."""
    _, *parts = re.split(r"^## ", (FOLDER / f"{page}.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = {part.partition("\n")[0]: part for part in parts}
    return {title: part for title, part in found.items() if re.match(r"[a-z-]+\.[a-z0-9.-]+", title)}


@pytest.mark.parametrize("page", FRAMEWORKS)
def test_each_finding_in_a_framework_has_its_text_its_output_and_what_upstream_knows(page: str) -> None:
    told = sections(page)
    assert told
    table = {row[0]: row for row in rows(f"{page}.md", r"`[a-z0-9-]+\.py`")}
    for title, part in told.items():
        assert "Specification" in part, title
        assert "BUG" in part, title
        # Two pages have it in the table at their head, the others in the section.
        known = part if "Upstream" in part else " ".join(" ".join(row) for row in table.values())
        assert KNOWS.search(known), title


def test_each_row_of_a_server_has_text_and_what_upstream_knows() -> None:
    table = rows("servers.md", r"\(servers/[a-z0-9_]+\.py\)")
    assert len(table) >= LEAST
    for servers, rule, level, seen, text, script, upstream in table:
        assert rules(rule), rule
        assert all((servers, level, seen, text)), rule
        assert (FOLDER / script.partition("](")[2].rstrip(")")).is_file()
        assert KNOWS.search(upstream) or "no thread" in upstream or "on purpose" in upstream, script


def test_each_row_of_a_middleware_says_what_upstream_knows() -> None:
    for package, rule, level, script, what, upstream in rows("middleware.md", r"`[a-z0-9-]+\.py`"):
        assert rules(rule), rule
        assert all((package, level, script, what)), rule
        assert KNOWS.search(upstream), script


def test_they_are_many() -> None:
    """A finding is distinct by where it is and which rule it breaks; what is advice alone is none."""
    main = (DOCS / "findings.md").read_text(encoding="utf-8")
    frameworks = [cells(line) for line in main.splitlines() if re.match(r"\| [A-Z].*\.py`", line)]
    found = {(row[0], rule) for row in frameworks for rule in rules(row[1])}
    for servers, rule, *_ in rows("servers.md", r"\(servers/[a-z0-9_]+\.py\)"):
        found |= {(server.strip(" *"), one) for server in servers.split(",") for one in rules(rule)}
    found |= {(row[0], rule) for row in rows("middleware.md", r"`[a-z0-9-]+\.py`") for rule in rules(row[1])}
    newest = {(where, rule) for where, rule in found if not CATALOGUE[rule].advisory}
    assert len({rule for _, rule in newest}) >= LEAST
