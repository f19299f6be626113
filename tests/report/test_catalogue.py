"""The pages made from the code say what the code says."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from asgisim.report import catalogue
from asgisim.spec import CATALOGUE, PROTOCOLS, UNCHECKED

DOCS = Path(__file__).parents[2] / "docs"
PAGES: dict[str, Callable[[], str]] = runpy.run_path(str(DOCS / "generate.py"))["PAGES"]


@pytest.mark.parametrize("name", PAGES)
def test_committed_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name](), "run python docs/generate.py"


def test_every_rule_and_machine_has_its_place() -> None:
    index = catalogue.index()
    assert [name for name in CATALOGUE if f"[{name}]({name}.md)" not in index] == []
    assert catalogue.machines().count("\n## ") == 2 * len(PROTOCOLS)
    assert [name for name in UNCHECKED if f"`{name}`" not in catalogue.unchecked()] == []


def test_page_of_a_rule_has_both_traces() -> None:
    page = catalogue.page(CATALOGUE["http.response.start.once"])
    assert page.startswith("# http.response.start.once\n\nhttp.response.start is sent a single time.\n")
    assert "| binds | app |" in page
    kept, _, broken = page.partition("## Kept")[2].partition("## Broken")
    assert kept.count("http.response.start") == 1
    assert broken.count("http.response.start") == 2
