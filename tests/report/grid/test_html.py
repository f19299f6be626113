"""The page of a grid as text: all words of the data are escaped, wherever they come from."""

from __future__ import annotations

import json
import re

from asgisim.report.grid import html
from tests.report.grid.samples import nasty, sample
from tests.report.test_html import EVIL, Seen


def test_hostile_text_stays_text() -> None:
    page, plain = html.text(nasty(" ".join(EVIL))), html.text(sample())
    seen = Seen(page)
    assert seen.kinds() <= Seen(plain).kinds()
    assert page.count("<script") == plain.count("<script")
    assert not [name for _, attributes in seen.elements for name in attributes if name.startswith("on")]
    assert not re.search("[\x00\x1b\u202e\u2028\ud800]", page)
    page.encode("utf-8")


def test_the_matrix_and_the_failures_need_no_script() -> None:
    words = " ".join("".join(Seen(html.text(sample())).words).split())
    for told in (
        "50/58",
        "Django, Channels",
        "uvicorn-h11-wsproto@asyncio",
        "expected path '/é', but got '/%C3%A9'",
    ):
        assert told in words


def test_the_scripts_find_every_outcome() -> None:
    page = html.text(sample())
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert found is not None
    data = json.loads(found[1])
    names = [name for name, _ in data["statuses"]]
    for number, cell in enumerate(sample().cells):
        told = dict(zip((one[0] for one in data["cases"]), data["cells"][number]["got"], strict=True))
        assert {case: names[int(letter)] for case, letter in told.items() if letter != " "} == {
            one.case: one.status.value for one in cell.outcomes
        }
