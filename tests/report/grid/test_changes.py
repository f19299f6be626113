"""What got worse and better, in every form that tells it."""

from __future__ import annotations

import json

import pytest

from asgisim.grid.compare import compare
from asgisim.grid.model import Status
from asgisim.report.grid import changes, github, html, markdown, text
from asgisim.report.grid import json as json_report
from asgisim.report.grid.changes import Against
from tests.report.grid.samples import nasty, sample
from tests.report.test_html import EVIL, Seen


@pytest.fixture
def against() -> Against:
    """One case worse, one better, one neither, other versions."""
    before = sample()
    before.cells[1].outcomes[9].status = Status.PASS
    before.cells[0].outcomes[0].status = Status.FAIL
    before.cells[0].outcomes[1].status = Status.SKIP
    before.cells[1].versions["uvicorn"] = "0.50.0"
    return compare(before, sample()), "old.json"


CHANGES = """
Got worse:
  starlette:uvicorn-h11-wsproto@asyncio rules/app-http: pass, now fail: the app breaks a MUST: \
http.response.start.headers.lowercase: b'X-A'
Got better:
  starlette:in-process@asyncio http-scope/type: fail, now pass
Neither worse nor better:
  starlette:in-process@asyncio http-scope/path-decoded: skip, now pass
Versions: uvicorn 0.50.0 -> 0.54.0
Against old.json: 1 worse, 1 better, 1 other.

asgisim grid: 50/58 passed"""


def test_a_terminal_has_it_before_the_sum(against: Against) -> None:
    assert CHANGES in text.text(sample(), 80, against=against)


def test_markdown_has_it_behind_the_table(against: Against) -> None:
    made = markdown.text(sample(), against)
    assert "\n## Since the earlier report\n\nAgainst old.json: 1 worse, 1 better, 1 other.\n" in made
    assert "\nGot better:\n\n- starlette:in-process@asyncio http-scope/type: fail, now pass\n" in made


def test_json_has_it_as_data(against: Against) -> None:
    data = json.loads(json_report.text(sample(), against))["against"]
    assert data["better"] == [
        {
            "cell": "starlette:in-process@asyncio",
            "case": "http-scope/type",
            "before": "fail",
            "after": "pass",
            "message": "",
        }
    ]
    assert (data["file"], data["versions"]) == ("old.json", {"uvicorn": ["0.50.0", "0.54.0"]})


def test_annotations_are_of_what_got_worse_alone(against: Against) -> None:
    lines = [line for line in github.text(sample(), against).splitlines() if line.startswith("::")]
    assert len(lines) == 1
    assert lines[0].startswith(
        "::error title=rules/app-http%3A fail in starlette%3Auvicorn-h11-wsproto@asyncio::"
    )
    assert lines[0].endswith("--case rules/app-http")


def test_the_page_links_to_the_case(against: Against) -> None:
    page = html.text(sample(), against)
    assert '<a href="#cell/1/rules/app-http" data-open="1/rules/app-http">' in page
    assert "Against old.json: 1 worse, 1 better, 1 other." in page


def test_hostile_words_stay_words() -> None:
    words = " ".join(EVIL)
    before, after = nasty(words), nasty(words)
    for cell in before.cells:
        cell.outcomes = []
        cell.versions = {words: "1"}
    found = (compare(before, after), words)
    assert changes.told(*found).startswith("Against </script>")
    page = html.text(after, found)
    assert page.count("<script") == html.text(after).count("<script")
    assert not [name for _, one in Seen(page).elements for name in one if name.startswith("on")]
    assert "\x1b" not in text.text(after, against=found) + markdown.text(after, found)
