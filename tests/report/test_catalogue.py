"""The reference pages say what the catalogue says."""

from __future__ import annotations

from pathlib import Path

import pytest

from asgisim.report.catalogue import PAGES, main
from asgisim.spec import CATALOGUE, PROTOCOLS

DOCS = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_are_up_to_date(name: str) -> None:
    written = (DOCS / name).read_text("utf-8")
    assert written == PAGES[name](), "run python -m asgisim.report.catalogue"


def test_the_pages_name_every_rule_and_every_machine() -> None:
    rules = PAGES["rules.md"]()
    assert [name for name in CATALOGUE if f"\n## {name}\n" not in rules] == []
    assert PAGES["machines.md"]().count("\n## ") == 2 * len(PROTOCOLS)


def test_main_writes_into_the_folder_that_is_named(tmp_path: Path) -> None:
    main([str(tmp_path / "new")])
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(PAGES)
