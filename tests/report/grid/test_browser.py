"""The page of a grid in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asgisim.report.grid import html
from tests.report.browser import NARROW, WIDE, Shown, show
from tests.report.grid.samples import nasty, sample
from tests.report.test_html import EVIL


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """The sample."""
    path = tmp_path / "grid.html"
    path.write_text(html.text(sample()), "utf-8")
    return path


def matrix(shown: Shown) -> list[str]:
    """What can be seen of the cells, row by row."""
    return [str(one) for one in shown.page.locator("#matrix [data-cell]:visible").all_inner_texts()]


def test_a_cell_opens_its_cases_with_both_sides(browser: Any, page: Path) -> None:
    shown = show(browser, page)
    assert matrix(shown) == [
        *("9/9", "8/9", "not installed", "9/10", "9/10", "not installed", "8/10", "7/10", "cannot run"),
    ]
    shown.page.get_by_title("starlette:uvicorn-h11-wsproto@asyncio").click()
    assert shown.text("#cell h2") == "Starlette behind uvicorn-h11-wsproto@asyncio close"
    assert shown.page.locator("#cell .case .title").all_inner_texts() == ["rules/app-http"]
    shown.page.locator("#cell .case summary").click()
    shown.page.locator("#cell .sides tbody tr").first.wait_for()
    assert shown.page.locator("#cell .sides tbody tr").all_inner_texts() == [
        "0.0000\t-> GET /scope HTTP/1.1\t",
        "0.0012\t\t<- scope http GET '/scope'",
        "0.0020\t\t-> http.response.start 200",
        "0.0031\t<- 200, 812 bytes <script>alert(1)</script>\t",
    ]
    assert "--seed 7 --case rules/app-http" in shown.text("#cell .case dl")
    shown.page.select_option("#cell select[name=status]", "")
    assert shown.page.locator("#cell .case").count() == 10
    shown.page.fill("#cell input[name=words]", "close 1011")
    assert shown.page.locator("#cell .case .title").all_inner_texts() == ["websocket/raise-after-accept"]
    shown.page.keyboard.press("Escape")
    assert shown.page.locator("#cell").is_hidden()
    assert (shown.heard, shown.asked) == ([], [page.as_uri()])


def test_a_link_leads_to_a_case_and_back(browser: Any, page: Path) -> None:
    shown = show(browser, page, at="cell/2/streaming/first-part-early")
    assert shown.text("#cell .case[open] .title") == "streaming/first-part-early"
    assert "failed once: the first part came after 0.31 s" in shown.text("#cell .case[open] dl")
    shown.page.get_by_role("link", name="django:daphne@asyncio").first.click()
    assert shown.text("#cell h2").startswith("Django, Channels behind daphne@asyncio")
    shown.page.go_back()
    assert shown.text("#cell h2").startswith("Starlette behind daphne@asyncio")


def test_the_matrix_is_filtered(browser: Any, page: Path) -> None:
    shown = show(browser, page)
    shown.page.select_option("#controls select[name=framework]", "django")
    assert matrix(shown) == ["8/9", "9/10", "7/10"]
    shown.page.select_option("#controls select[name=category]", "http-scope")
    assert matrix(shown) == ["1/2", "2/2", "2/2"]
    assert shown.page.locator("#matrix [data-sum='f:django']").inner_text() == "5/6"
    shown.page.check("input[name=red]")
    assert matrix(shown) == ["1/2"]
    shown.page.uncheck("input[name=red]")
    shown.page.select_option("#controls select[name=server]", "daphne")
    assert matrix(shown) == ["2/2"]


def test_two_servers_stand_side_by_side(browser: Any, page: Path) -> None:
    shown = show(browser, page)
    shown.page.select_option("#difference select[name=one]", "uvicorn-h11-wsproto@asyncio")
    shown.page.select_option("#difference select[name=other]", "daphne@asyncio")
    shown.page.select_option("#difference select[name=framework]", "starlette")
    assert shown.text("#difference .result p") == "4 differences in 1 framework that ran behind both."
    rows = [one.split("\t") for one in shown.page.locator("#difference tbody tr").all_inner_texts()]
    found = {row[1].strip(): " | ".join(" ".join(one.split()) for one in row[2:]) for row in rows}
    assert found["websocket/raise-after-accept"] == "pass close 1011 | pass connection lost"
    assert found["lifespan/shutdown"] == "pass | xfail daphne never calls the app for lifespan"
    assert set(found) == {
        *(
            "websocket/raise-after-accept",
            "lifespan/shutdown",
            "streaming/first-part-early",
            "rules/app-http",
        ),
    }


def test_a_difference_in_two_frameworks_is_told_once(browser: Any, tmp_path: Path) -> None:
    report = sample()
    report.cells[4].outcomes = report.cells[1].outcomes  # Django as Starlette, behind both servers
    report.cells[5].outcomes = report.cells[2].outcomes
    path = tmp_path / "grid.html"
    path.write_text(html.text(report), "utf-8")
    shown = show(browser, path, NARROW)
    shown.page.select_option("#difference select[name=one]", "uvicorn-h11-wsproto@asyncio")
    shown.page.select_option("#difference select[name=other]", "daphne@asyncio")
    assert shown.text("#difference .result p") == "4 differences in 2 frameworks that ran behind both."
    names = shown.page.locator("#difference tbody td:first-child").all_inner_texts()
    assert names == ["Starlette, Django, Channels"] * 4
    assert not shown.overflows()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_it_can_be_read_anywhere(browser: Any, page: Path, size: dict[str, int], scheme: str) -> None:
    shown = show(browser, page, size, scheme, at="cell/1/rules/app-http")
    assert shown.page.locator("#cell .sides").is_visible()
    assert not shown.overflows()
    paint = "one => { const s = getComputedStyle(one); return [s.color, s.backgroundColor]; }"
    for kind in ("good", "bad", "warn", "off"):
        colours = shown.page.eval_on_selector(f"#matrix button.{kind}", paint)
        assert contrast(*(tuple(map(int, colour[4:-1].split(",")[:3])) for colour in colours)) >= 4.5


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Of two colours, as WCAG 2 has it: 4.5 and more can be read."""

    def light(colour: tuple[int, ...]) -> float:
        parts = [part / 255 for part in colour]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_hostile_text_does_nothing(browser: Any, tmp_path: Path) -> None:
    words = " ".join(EVIL)
    path = tmp_path / "nasty.html"
    path.write_text(html.text(nasty(words)), "utf-8")
    shown = show(browser, path, NARROW)
    for one in shown.page.locator("#matrix [data-cell]").all():
        one.dispatch_event("click")
        shown.page.locator("#cell select[name=status]").select_option("")
        for box in shown.page.locator("#cell .case summary").all():
            box.dispatch_event("click")
    assert shown.page.locator("#cell .sides").count() > 0
    assert shown.page.evaluate("typeof evil") == "undefined"
    assert shown.page.locator("img").count() == 0
    assert (shown.heard, shown.asked) == ([], [path.as_uri()])
    assert not shown.overflows()
