"""Files of expected failures."""

from __future__ import annotations

from pathlib import Path

import pytest

from asgisim.grid.cases import every
from asgisim.grid.cell import play
from asgisim.grid.expected import ExpectationError, load, read
from asgisim.grid.model import Cell
from asgisim.grid.order import Order

ENTRY = """
[[expected]]
cases = ["lifespan/*", "headers/x"]
servers = ["daphne"]
versions = { daphne = "<5" }
reason = "never called"
"""
DAPHNE = Cell("django", "daphne")


def write(folder: Path, text: str) -> Path:
    path = folder / "django.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_entry_speaks_of_its_cells_cases_and_versions(tmp_path: Path) -> None:
    (entry,) = read(write(tmp_path, ENTRY))
    assert entry.fits(DAPHNE, "lifespan/startup", {"daphne": "4.2"})
    assert not entry.fits(DAPHNE, "upload/x", {"daphne": "4.2"})
    assert not entry.fits(DAPHNE, "lifespan/startup", {"daphne": "5.0"})
    assert not entry.fits(DAPHNE, "lifespan/startup", {})
    assert not entry.fits(Cell("django", "uvicorn", "h11-wsproto"), "headers/x", {"daphne": "4.2"})
    assert not entry.fits(Cell("quart", "daphne"), "headers/x", {"daphne": "4.2"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[expected]]\nreason = 'x'", "entry 1: expected the key 'cases'"),
        ("[[expected]]\ncases = ['x']", "entry 1: expected the key 'reason'"),
        ("[[expected]]\ncases = 'x'\nreason = 'x'", "cases: expected a list of str"),
        ("[[expected]]\ncases = ['x']\nreason = 'x'\nserver = ['a']", "but got 'server'"),
        ("[[expected]]\ncases = ['x']\nreason = 'x'\nversions = { a = '~1' }", "versions: a: expected"),
        ("[expected]\nx = 1", "expected .*entries alone"),
        ("x", "django.toml"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ExpectationError, match=told):
        read(write(tmp_path, text))


def test_our_own_entries_name_cases_that_there_are() -> None:
    import fnmatch

    ids = [row.id for row in every()]
    for entry in load():
        for pattern in entry.cases:
            assert fnmatch.filter(ids, pattern), f"{entry.about}: no case is called {pattern}"


def test_where_nothing_works_the_cell_is_not_played(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(
        "async def app(scope, receive, send):\n"
        "    if scope['type'] != 'http': raise ValueError\n"
        "    await send({'type': 'http.response.start', 'status': 500})\n"
        "    await send({'type': 'http.response.body'})\n",
        "utf-8",
    )
    (tmp_path / "reference.toml").write_text(
        '[[expected]]\ncases = ["*"]\nframeworks = ["broken:app"]\nreason = "it only answers 500"\n', "utf-8"
    )
    order = Order(apps={"broken:app": "broken:app"}, folder=str(tmp_path), expected=(str(tmp_path),))
    report = play(Cell("broken:app", "reference"), order)
    assert (report["state"], report["reason"]) == ("cannot-run", "it only answers 500")


def test_where_something_works_again_the_cell_is_played(tmp_path: Path) -> None:
    (tmp_path / "reference.toml").write_text(
        '[[expected]]\ncases = ["*"]\nframeworks = ["bare"]\nreason = "nothing works"\n', "utf-8"
    )
    report = play(Cell("bare", "reference"), Order(cases=("headers/location",), expected=(str(tmp_path),)))
    assert report["state"] == "ran"
    assert [one["status"] for one in report["outcomes"]] == ["xpass"]
