"""The forms of a grid's report but HTML: what each reader finds in them, and that hostile text stays text."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ElementTree

from asgisim.grid.model import GridReport
from asgisim.report.grid import github, junit, live, markdown, sarif, text
from asgisim.report.grid import json as json_report
from tests.report.grid.samples import nasty, sample

NASTY = "x: `\"<&>'| ]]> **b** \ud800\x00\x1b[31m\r\n::error::no ##[error] @all, 100%"

TABLE = """\
server                       Starlette  Django, Channels          Sanic      all
in-process@asyncio                 9/9             8/9 ✗  not installed  17/18 ✗
uvicorn-h11-wsproto@asyncio     9/10 ✗            9/10 ✗  not installed  18/20 ✗
daphne@asyncio                  8/10 ~            7/10 ✗   cannot run ~  15/20 ✗
all                            26/29 ✗           24/29 ✗              -  50/58 ✗
"""

FAILURE = """
rules/app-http: fail in 1 cell
  The app's HTTP events keep every rule.
  Here: the app breaks a MUST: http.response.start.headers.lowercase: b'X-A'
  In: starlette:uvicorn-h11-wsproto@asyncio
       0.000  client  -> GET /scope HTTP/1.1
       0.001  app     <- scope http GET '/scope'
       0.002  app     -> http.response.start 200
       0.003  client  <- 200, 812 bytes <script>alert(1)</script>
  Again: asgisim grid --framework starlette --server uvicorn-h11-wsproto@asyncio --seed 7 \
--case rules/app-http
"""

END = """
asgisim grid: 50/58 passed in 6 of 9 cells in 21.5 s: the server died, 2 fail, 2
skip, 1 xfail, 1 xpass, 3 cannot-run, 1 flaky.
"""


def test_a_terminal_has_the_table_the_failures_and_the_sum() -> None:
    made = text.text(sample(), 80)
    assert made.startswith(TABLE)
    assert FAILURE in made
    assert made.endswith(END)
    assert "\x1b" not in made
    assert "\x1b[1;31m" in text.text(sample(), 80, colour=True)


def test_many_failures_have_their_timelines_when_asked() -> None:
    report = sample()
    outcomes = report.cells[1].outcomes
    for number in range(6):
        outcomes[number].status = outcomes[9].status
        outcomes[number].message = f"number {number}"
        outcomes[number].timeline = outcomes[9].timeline
    assert "812 bytes" not in text.text(report)
    assert "\n9 failures (-v shows their timelines).\n" in text.text(report)
    assert text.text(report, verbose=True).count("812 bytes") == 9


def test_a_narrow_terminal_has_the_table_in_parts() -> None:
    made = text.text(sample(), 60).splitlines()
    heads = [line.split(maxsplit=1)[1].strip() for line in made if line.startswith("server  ")]
    assert heads == ["Starlette", "Django, Channels", "Sanic      all"]


def test_markdown_has_the_tables_of_the_seed_suite() -> None:
    made = markdown.text(sample())
    assert "\n| Server | Starlette | Django, Channels | Sanic | Total |\n| --- | ---: | ---: |" in made
    assert "\n| uvicorn-h11-wsproto@asyncio | **9/10** | **9/10** | not installed | **18/20** |\n" in made
    assert (
        "\n## uvicorn-h11-wsproto@asyncio\n\n| Framework | HTTP scope | HTTP messages | WebSocket |" in made
    )
    assert "\n| Django, Channels | 2/2 | 1/1 | *0/1*".replace("*0/1*", "2/2") in made
    assert "\n- Versions: daphne 0.54.0 and 4.2.3, django 1.10.0 and 5.2.19, python 3.11.7," in made
    assert "\n| sanic:daphne@asyncio | cannot run | the server does not start with this app |\n" in made


def test_json_is_the_model_and_the_sums_of_the_seed_suite() -> None:
    data = json.loads(json_report.text(sample()))
    assert GridReport.from_json(data) == sample()
    first, *_ = data["summary"]
    assert (first["worker"], first["generated"]) == ("in-process@asyncio", "2026-11-21T10:00:00Z")
    django = first["frameworks"]["django"]
    assert (django["name"], django["total_passed"], django["total_tests"]) == ("Django, Channels", 8, 10)
    assert django["categories"]["http-scope"] == {"passed": 1, "failed": 1, "total": 2, "pass": 1, "fail": 1}
    assert django["categories"]["errors"] == {"passed": 0, "failed": 0, "total": 1, "skip": 1}


def test_junit_is_red_where_the_exit_status_is() -> None:
    root = ElementTree.fromstring(junit.text(sample()))
    suites = {suite.get("name", "").removeprefix("asgisim grid "): suite for suite in root.iter("testsuite")}
    red = {name for name, one in suites.items() if (one.get("failures"), one.get("errors")) != ("0", "0")}
    assert red == {cell.cell.id for cell in sample().cells if cell.red}
    died = suites["django:daphne@asyncio"]
    assert (died.get("tests"), died.get("errors"), died.get("skipped")) == ("11", "1", "3")
    failed = suites["starlette:uvicorn-h11-wsproto@asyncio"].find("testcase/failure")
    assert failed is not None
    assert failed.get("type") == "fail"
    assert "0.002  app     -> http.response.start 200\n" in (failed.text or "")
    assert "--case rules/app-http\n" in (failed.text or "")


def test_sarif_has_a_result_for_each_failing_cell() -> None:
    (run,) = sarif.data(sample())["runs"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert ids == ["http-scope/path-decoded", "websocket/close-code", "rules/app-http", "cell/died"]
    assert all(ids[one["ruleIndex"]] == one["ruleId"] for one in run["results"])
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]]
    assert places == [
        "django%3Ain-process%40asyncio",
        "django%3Auvicorn-h11-wsproto%40asyncio",
        "starlette%3Auvicorn-h11-wsproto%40asyncio",
        "django%3Adaphne%40asyncio",
    ]
    keys = {one["partialFingerprints"]["asgisim/grid/v1"] for one in run["results"]}
    assert len(keys) == 4


def test_github_has_one_annotation_for_each_failure() -> None:
    lines = github.text(sample()).splitlines()
    told = [line.partition("::")[2].split(" ")[0] for line in lines if line.startswith("::")]
    assert told == ["error", "warning", "error", "error", "error", "warning"]
    assert TABLE.splitlines()[0] in lines


def test_hostile_text_breaks_out_of_no_form() -> None:
    report = nasty(NASTY)
    for form in (github, junit, sarif, text, markdown):
        form.text(report).encode()
    for line in github.text(report).splitlines():
        assert line.startswith(("::error ", "::warning ")) or "::" not in line
        assert "##[" not in line
    root = ElementTree.fromstring(junit.text(report))
    assert {one.tag for one in root.iter()} == {
        *("testsuites", "testsuite", "testcase", "properties", "property"),
        *("failure", "error", "skipped", "system-out"),
    }
    assert json.loads(sarif.text(report))["version"] == "2.1.0"
    for made in (text.text(report, 80), markdown.text(report)):
        assert not re.search("[\x00\x1b\r]", made)
    outside = re.sub(r"(?ms)^```text$.*?^```$", "", markdown.text(report))  # within a fence all is text
    # Lines of HTML are no Markdown: there it is markup alone that must not get in.
    outside = re.sub(r"<details><summary>[^<\n]*</summary>|</details>", "", outside)
    assert not re.search(r"(?<!\\)[<`]", outside)


def test_nothing_is_shown_live_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    with live.Live(3, stream) as shown:
        for cell in sample().cells:
            shown(cell)
    assert stream.getvalue() == ""


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        """It does."""
        return True


def test_cells_are_told_as_they_end() -> None:
    stream = Terminal()
    with live.Live(9, stream) as shown:
        for cell in sample().cells:
            shown(cell)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    assert "django:uvicorn-h11-wsproto@asyncio  9/10 (1 xpass)  2.5 s" in plain
    assert "sanic:in-process@asyncio  not installed  0.0 s" in plain
