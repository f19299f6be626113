"""The page of a campaign in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asgisim.report import html
from tests.report import samples
from tests.report.browser import NARROW, WIDE, show
from tests.report.test_html import nasty_page


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Two findings and a clean run."""
    items = [
        samples.order_item(count=3),
        samples.order_item(id="2", rule=samples.SHOULD, protocol="websocket"),
    ]
    path = tmp_path / "campaign.html"
    path.write_text(html.text([samples.run(*items), samples.run()]), "utf-8")
    return path


def test_findings_are_chosen_and_opened(browser: Any, page: Path) -> None:
    shown = show(browser, page)
    assert shown.text("#shown") == "2 shown"
    shown.page.select_option("select[name=level]", "should")
    assert shown.text("#shown") == "1 shown"
    assert shown.page.locator(".finding:visible > summary .title").all_inner_texts() == ["http.response.tidy"]
    shown.page.click("button[name=open]")
    assert shown.page.locator(".finding:visible .marked").inner_text().split() == [
        "2",
        "app",
        "http.response.body",
        "body=b'hi'",
    ]
    shown.page.select_option("select[name=level]", "")
    shown.page.fill("input[name=words]", "NOTHING may be sent")
    assert shown.page.locator(".finding:visible > summary .title").all_inner_texts() == [
        "http.response.start-first"
    ]
    assert shown.heard == []
    assert shown.asked == [page.as_uri()]


def test_a_link_opens_its_finding_and_a_command_is_copied(browser: Any, page: Path) -> None:
    shown = show(browser, page, at="0-8f3a12c9")
    assert shown.page.locator(".finding[open]").count() == 1
    shown.page.locator(".finding[open] button[data-copy]").click()
    shown.page.get_by_text("copied").or_(shown.page.get_by_text("marked")).first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_it_can_be_read_anywhere(browser: Any, page: Path, size: dict[str, int], scheme: str) -> None:
    shown = show(browser, page, size, scheme)
    shown.page.click("button[name=open]")
    assert not shown.overflows()
    colours = shown.page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    bright = [sum(map(int, colour[4:-1].split(","))) > 384 for colour in colours]
    assert bright == ([True, False] if scheme == "light" else [False, True])


def test_hostile_text_does_nothing(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "nasty.html"
    path.write_text(nasty_page(), "utf-8")
    shown = show(browser, path, NARROW)
    shown.page.click("button[name=open]")
    shown.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert shown.page.evaluate("typeof evil") == "undefined"
    assert (shown.heard, shown.asked) == ([], [path.as_uri()])
    assert not shown.overflows()
