"""JSON, JUnit, SARIF, GitHub and Markdown: their shape, and that no app's text breaks out of it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import asgisim
from asgisim.report import github, junit, markdown, sarif
from asgisim.report import json as json_report
from asgisim.trace import Trace
from tests.report import samples

NASTY = "x: `\"<&>'| ]]> \x00\x1b[31m\r\n::error::no, 100%"


def test_json_has_the_keys_that_are_promised() -> None:
    data = json.loads(json_report.text(samples.run(samples.order_item(count=17))))
    assert data["asgisim"] == asgisim.__version__
    assert {
        key: data[key] for key in ("command", "edition", "seed", "examples", "seconds", "interrupted")
    } == {
        "command": "fuzz",
        "edition": "2.5",
        "seed": 0,
        "examples": 1234,
        "seconds": 3.24,
        "interrupted": False,
    }
    assert data["target"] == {
        "app": "myapp:app",
        "server": None,
        "loop": "asyncio",
        "versions": {"starlette": "1.10.0"},
    }
    assert data["rules"] == {
        "held": ["http.a", "http.b"],
        "broken": ["http.response.start-first"],
        "not_exercised": ["websocket.a"],
    }
    (finding,) = data["findings"]
    assert Trace.from_json(finding.pop("trace")) == samples.BODY_FIRST
    assert finding == {
        "id": "8f3a12c9",
        "rule": "http.response.start-first",
        "party": "app",
        "level": "must",
        "protocol": "http",
        "message": "http.response.body in state IDLE",
        "count": 17,
        "scenario": {"scope": {"type": "http"}, "script": []},
        "replay": "asgisim replay seeds/8f3a12c9.asgi.json",
        "seed_file": None,
        "caused_by": None,
        "exchange": 0,
        "step": 2,
        "where": [],
        "url": "https://asgi.readthedocs.io/en/latest/specs/www.html#response-start-send-event",
    }


def test_junit_fails_passes_and_skips() -> None:
    item = samples.order_item(message=NASTY)
    root = ElementTree.fromstring(junit.text([samples.run(item, samples.order_item()), samples.run()]))
    suites = root.findall("testsuite")
    assert [suite.get("failures") for suite in suites] == ["1", "0"]
    assert [(suite.get("tests"), suite.get("skipped")) for suite in suites] == [("4", "1"), ("3", "1")]
    failure = suites[0].find("testcase/failure")
    assert failure is not None
    assert failure.get("message", "").startswith("http.response.start-first: the app breaks a MUST: x: `")
    assert (failure.text or "").count("Mend    Send http.response.start") == 2


def test_sarif_points_at_the_app() -> None:
    data = json.loads(sarif.text([samples.run(samples.order_item(), samples.order_item(id="2"))]))
    (run,) = data["runs"]
    assert data["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["http.response.start-first"]
    first = run["results"][0]
    assert (first["ruleId"], first["ruleIndex"], first["level"]) == ("http.response.start-first", 0, "error")
    place = first["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "myapp.py"}
    assert [result["partialFingerprints"]["asgisim/v1"] for result in run["results"]] == ["8f3a12c9", "2"]


def test_github_commands_stay_on_their_line() -> None:
    text = github.text(
        [samples.run(samples.order_item(message=NASTY), samples.order_item(rule=samples.SHOULD))]
    )
    first, second, *summary = text.splitlines()
    assert first.startswith(
        "::error file=myapp.py,title=http.response.start-first%3A the app breaks a MUST::http.response.start"
    )
    assert "100%25" in first
    assert second.startswith("::warning file=myapp.py,title=http.response.tidy%3A ")
    assert summary[0] == "asgisim fuzz myapp:app: 2 findings"


def test_markdown_escapes_what_an_app_says() -> None:
    text = markdown.text([samples.run(samples.order_item(message=NASTY))])
    row = next(line for line in text.splitlines() if line.startswith("| [http.response.start-first]"))
    assert r"x: \`\"\<&\>'\| \]\]\>".replace(r"\"", '"') in row
    assert text.startswith("## asgisim fuzz myapp:app\n\n| held | broken |")
    assert markdown.text([samples.run()]).endswith("Nothing broken.\n")
