"""What was exercised and what never, in three forms."""

from __future__ import annotations

import json

from asgisim.judge.coverage import Coverage, gather
from asgisim.lint import Lint
from asgisim.reference.app import app as reference
from asgisim.report import coverage as report
from asgisim.report import html
from asgisim.report.model import Run
from tests.test_lint import REQUEST, call


def made() -> Coverage:
    coverage = Coverage()
    with gather(coverage):
        call(Lint(reference), [REQUEST])
    return coverage


def test_text_says_what_is_never_seen() -> None:
    text = report.text(made())
    assert text.startswith("http      1 exchange, cells given 1 of ")
    assert "websocket not met\n" in text
    assert "\nYour tests never see:\n" in text
    assert "  http      a disconnect in the middle of a request body\n" in text
    assert "  websocket any WebSocket connection\n" in text
    assert "a zero-copy send\n" not in text
    assert "a zero-copy send\n" in report.text(made(), verbose=True)
    assert "\nThis run never sees:\n" in report.text(made(), report.RUN)
    assert text.endswith(" exercised, 0 broken.\n")


def test_text_when_all_was_seen() -> None:
    whole = made()
    for one in report.SITUATIONS:
        whole.cells |= one.cells
    assert "Your tests see every situation that needs no extension." in report.text(whole)


def test_json_is_read_again() -> None:
    whole = made()
    data = json.loads(report.json(whole))["coverage"]
    assert Coverage.from_json(data) == whole
    assert data["machines"]["http.receive"]["visited"] == 1
    assert {"protocol": "http", "says": "a response", "seen": True, "common": True} in data["situations"]


def test_page_is_whole_and_loads_nothing() -> None:
    page = report.page(made(), "<b>")
    assert "<title>&lt;b&gt;</title>" in page
    assert page.count("<section") == page.count("</section>") == 1
    assert page.count("<table") == page.count("</table>")
    assert '<td class="seen"><span class="tag good">seen</span></td>' in page
    assert "src=" not in page
    assert "href=" not in page


def test_the_page_of_a_run_has_it() -> None:
    run = Run("fuzz", coverage=made())
    assert "<h2>Coverage</h2>" in html.text([run])
    assert "Coverage" not in html.text([Run("fuzz")])
