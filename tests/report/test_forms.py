"""JSON, JUnit, SARIF, GitHub and Markdown: their shape, and that no app's text breaks out of it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import asgisim
from asgisim.model.trace import Trace
from asgisim.report import github, junit, markdown, sarif
from asgisim.report import json as json_report
from asgisim.report.model import Item, Target
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


def test_junit_sums_up_for_readers_that_look_at_the_outermost_element_only() -> None:
    root = ElementTree.fromstring(junit.text([samples.run(samples.order_item()), samples.run()]))
    assert {key: root.get(key) for key in ("tests", "failures", "errors", "skipped", "time")} == {
        "tests": "7",
        "failures": "1",
        "errors": "0",
        "skipped": "2",
        "time": "6.480",
    }
    suite = root.find("testsuite")
    assert suite is not None
    told = {one.get("name"): one.get("value") for one in suite.iter("property")}
    assert told == {"edition": "2.5", "seed": "0", "loop": "asyncio", "starlette": "1.10.0"}
    case = suite.find("testcase")
    assert case is not None
    assert (case.get("classname"), case.get("file")) == ("myapp:app", "myapp.py")
    assert all(one.get("time") for one in root.iter("testcase"))


def crash(**changes: object) -> Item:
    """An exception with a traceback through a library into the app."""
    where = ("lib.py:40 call", "myapp.py:17 app", "deep.py:3 read")
    return samples.order_item(where=where, **changes)


def test_sarif_names_the_line_of_the_innermost_frame_of_the_app() -> None:
    (run,) = sarif.data([samples.run(crash())])["runs"]
    (result,) = run["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 17}
    frames = [one["location"]["message"]["text"] for one in result["stacks"][0]["frames"]]
    assert frames == ["deep.py:3 read", "myapp.py:17 app", "lib.py:40 call"]


def test_sarif_is_what_code_scanning_takes() -> None:
    server = Target(None, "hypercorn@trio")
    away = Target("a b:app", file="/opt/with blank.py")
    runs = [samples.run(crash(rule=samples.SHOULD), target=one, interrupted=True) for one in (server, away)]
    runs[0].left_out = ["HTTP/2"]
    made = sarif.data(runs)["runs"]
    # Two runs of one upload must not share a category, a result must have a file, a rule a help text.
    assert [one["automationDetails"]["id"] for one in made] == [
        "asgisim fuzz hypercorn@trio/",
        "asgisim fuzz a b:app/",
    ]
    places = [one["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"] for one in made]
    assert places == [{"uri": "hypercorn%40trio"}, {"uri": "file:///opt/with%20blank.py"}]
    assert made[0]["tool"]["driver"]["rules"][0]["help"] == {"text": "Answers are tidy."}
    (invocation,) = made[0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [one["message"]["text"] for one in invocation["toolExecutionNotifications"]] == [
        "Not checked: HTTP/2"
    ]


def test_github_names_the_line_and_lets_no_text_give_commands() -> None:
    evil = "x " * 60 + "::error::evil ##[error]evil"
    run = samples.run(crash(message=evil), flaky=[samples.order_item(message=evil)], left_out=[evil])
    first, *rest = github.text([run]).splitlines()
    assert first.startswith("::error file=myapp.py,line=17,title=")
    assert "##[" not in first
    assert any(": :error: :evil" in line for line in rest)
    assert not any("::" in line or "##[" in line for line in rest)


def test_markdown_tells_the_setting_and_what_does_not_count() -> None:
    run = samples.run(known=[samples.order_item()], flaky=[samples.order_item()], left_out=["HTTP/2"])
    text = markdown.text([run])
    assert "\nEdition 2.5, seed 0, asyncio, starlette 1.10.0.\n" in text
    assert "\n1 finding in the baseline, not told again.\n" in text
    assert "\nSeen once and not again, so not counted: http.response.start-first: " in text
    assert "\nNot checked: HTTP/2\n" in text
