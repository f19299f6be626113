"""Old data is read again, told and drawn; what is no such data is refused with the name of the file."""

from __future__ import annotations

import contextlib
import json
import xml.etree.ElementTree
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asgisim.bench import chart, peers, words
from asgisim.bench.data import Data, machine, read, versions
from asgisim.bench.measuring import Row
from asgisim.cli.main import main
from tests.spoilt import SPOILT, places
from tests.test_readers import is_clear


def sample() -> Data:
    rows = [
        Row(
            f"{name}, {style}, {count}",
            "in process",
            f"{name}, {style}, 0" if count else "",
            [5.0 + count, 5.5 + count, 6.0 + count],
            [9.0, 9.0, 9.0],
            [[0.5, 0.75, 1.25]] * 3,
            {"framework": name, "style": style, "count": count},
        )
        for name, style in (("bare", "asgi"), ("a <b>", "asgi"), ("a <b>", "native"))
        for count in (0, 5, 20)
    ]
    rows.append(Row("c, asgi", "in process", missing="c"))
    return Data("middlewares", rows, 3, 0, machine(), versions())


def test_data_comes_back_as_it_was() -> None:
    data = sample()
    assert read(data.dumps()).to_json() == data.to_json() == json.loads(data.dumps())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"command": "fuzz", "format": 1}',
        "[" * 5000,
        sample().dumps().replace("5.5", '"5.5"'),
    ],
)
def test_what_is_no_data_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"old\.json: expected what asgisim bench"):
        read(text, "old.json")


def grown() -> Data:
    labels = {"every": 10, "resident": [50.0, 55.5, 55.5]}
    row = Row("one campaign", "growth", "", [5.0] * 3, [9.0] * 3, labels=labels)
    return Data("growth", [row], 3, 0, machine(), versions())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_data_is_told_or_refused(drawn: st.DataObject) -> None:
    data = drawn.draw(st.sampled_from([sample, grown]))().to_json()
    for _ in range(drawn.draw(st.integers(1, 2))):
        inside, key = drawn.draw(st.sampled_from(list(places(data))))
        inside[key] = drawn.draw(SPOILT)
    try:
        whole = read(json.dumps(data), "old.json")
    except ValueError as error:
        is_clear(error)
        return
    assert words.text(whole)
    assert words.markdown(whole)
    with contextlib.suppress(ValueError):  # no chart of this suite
        assert chart.svg(whole)


def test_the_chart_is_drawn_from_the_data_alone() -> None:
    drawn = chart.svg(sample())
    assert drawn == chart.svg(read(sample().dumps()))
    root = xml.etree.ElementTree.fromstring(drawn)
    lines = [one.get("points") or "" for one in root.iter("{http://www.w3.org/2000/svg}polyline")]
    assert [len(points.split()) for points in lines] == [2, 2, 2]
    assert "a &lt;b&gt;" in drawn


def test_a_chart_of_another_suite_is_refused() -> None:
    with pytest.raises(ValueError, match="expected data of asgisim bench --middlewares"):
        chart.svg(Data("self", [Row("one", cpu=[1.0])], 1, 0))


def test_words_tell_ratios_and_what_is_missing() -> None:
    told = words.text(sample())
    assert "a <b>, native, 20 " in told
    assert "4.64 (4.33 to 5.00)" in told
    assert "not installed: c" in told
    assert "50 / 90 / 99 %: 0.50 / 0.75 / 1.25 ms" in told


def test_words_tell_whether_the_aims_are_reached() -> None:
    rows = [
        Row(peers.RAW, cpu=[2.0] * 6),
        Row(peers.ASGIREF, cpu=[4.0] * 6),
        Row(peers.CLIENT, cpu=[9.0] * 6),
    ]
    told = words.text(Data("peers", [*rows, Row(peers.HTTPX, cpu=[3.0] * 6)], 6, 0))
    assert "communicator: yes, 0.50 (0.50 to 0.50), at most 1\n" in told
    assert "plain httpx: NO, 3.00 (3.00 to 3.00), at most 1.3\n" in told
    assert "async-asgi-testclient: not measured\n" in told


def test_the_command_redraws_old_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept, drawn = tmp_path / "old.json", tmp_path / "chart.svg"
    kept.write_text(sample().dumps(), "utf-8")
    assert main(["bench", "--data", str(kept), "--format", "svg", "--output", str(drawn)]) == 0
    assert drawn.read_text("utf-8") == chart.svg(sample())
    assert main(["bench", "--data", str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err
