"""``asgisim grid --merge`` and ``--against``: reports read again, in every form; nothing is played."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asgisim.cli.arguments import FORMATS
from asgisim.cli.main import main
from asgisim.grid.compare import compare, merge
from asgisim.grid.model import GridReport, ReportError, Status
from asgisim.report.grid import text as as_text
from tests.report.grid.samples import SAMPLE, sample
from tests.spoilt import SPOILT, places
from tests.test_readers import is_clear


def written(tmp_path: Path, name: str, report: GridReport) -> str:
    """The path of a report's file."""
    path = tmp_path / name
    path.write_text(json.dumps(report.to_json()), "utf-8")
    return str(path)


@pytest.fixture
def green(tmp_path: Path) -> str:
    """The sample, as if nothing had failed."""
    report = sample()
    for cell in report.cells:
        cell.state = "ran" if cell.outcomes else cell.state
        for one in cell.outcomes:
            one.status = Status.PASS
    return written(tmp_path, "green.json", report)


def test_a_report_is_told_again(capsys: pytest.CaptureFixture[str], green: str) -> None:
    assert main(["grid", "--merge", str(SAMPLE)]) == 1
    assert "asgisim grid: 50/58 passed in 6 of 9 cells" in capsys.readouterr().out
    assert main(["grid", "--merge", green, "-q"]) == 0
    assert capsys.readouterr().out == "asgisim grid: 60/60 passed in 6 of 9 cells in 21.5 s.\n"


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_is_there(capsys: pytest.CaptureFixture[str], green: str, form: str) -> None:
    assert main(["grid", "--merge", str(SAMPLE), "--against", green, "--format", form]) == 1
    out = capsys.readouterr().out
    begins = {"json": "{", "sarif": "{", "junit": "<?xml", "html": "<!doctype html>", "github": "::error "}
    assert out.startswith(begins.get(form, ""))
    assert "rules/app-http" in out
    if form not in ("junit", "sarif"):
        assert "green.json" in out


def test_the_status_is_what_got_worse(capsys: pytest.CaptureFixture[str], green: str) -> None:
    assert main(["grid", "--merge", str(SAMPLE), "--against", str(SAMPLE)]) == 0
    assert "Against " in capsys.readouterr().out
    assert main(["grid", "--merge", green, "--against", str(SAMPLE)]) == 0
    assert main(["grid", "--merge", str(SAMPLE), "--against", green]) == 1


def test_two_versions_stand_side_by_side(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    later = sample()
    for cell in later.cells[:3]:
        cell.versions["starlette"] = "2.0.0"
    path = written(tmp_path, "later.json", later)
    assert main(["grid", "--merge", str(SAMPLE), path, "--format", "markdown"]) == 1
    assert (
        "| Server | Starlette 1.10.0 | Starlette 2.0.0 | Django, Channels | Sanic |"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize("option", ["--merge", "--against"])
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read: No such file or directory"),
        ("{", "expected a JSON report in"),
        ("[]", "expected an object, but got list"),
        ("{}", "expected a report of asgisim grid (--format json)"),
    ],
)
def test_what_is_no_report_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, option: str, content: str | None, told: str
) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_text(content, "utf-8")
    words = (
        ["--merge", str(SAMPLE), "--against", str(path)] if option == "--against" else ["--merge", str(path)]
    )
    assert main(["grid", *words]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"asgisim: {option}: ")
    assert told in error
    assert error.count("\n") == 1


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_report_is_told_or_refused(drawn: st.DataObject) -> None:
    """A report that is spoilt in one to three places: every form can be made of what was not refused."""
    data = json.loads(SAMPLE.read_text("utf-8"))
    for _ in range(drawn.draw(st.integers(1, 3))):
        inside, key = drawn.draw(st.sampled_from(list(places(data))))
        inside[key] = drawn.draw(SPOILT)
    try:
        report = GridReport.from_json(data)
    except ReportError as error:
        is_clear(error)
        return
    good = GridReport.from_json(json.loads(SAMPLE.read_text("utf-8")))
    against = (compare(good, report), "good.json")
    assert merge([good, report])
    for form in set(FORMATS) - {"text", "junit", "sarif"}:
        assert import_module(f"asgisim.report.grid.{form}").text(report, against).encode()
    for form in ("junit", "sarif"):
        assert import_module(f"asgisim.report.grid.{form}").text(report).encode()
    assert as_text.text(report, 80, True, True, against).encode()
