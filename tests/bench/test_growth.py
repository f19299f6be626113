"""The growth suite: a round for every so many examples, its memory as data, its curve."""

from __future__ import annotations

import sys
import xml.etree.ElementTree
from pathlib import Path

import pytest

from asgisim.bench import chart, growth, words
from asgisim.bench.data import Data, read
from asgisim.bench.measuring import Row
from asgisim.cli.main import main


def sample(held: list[float]) -> Data:
    row = Row(
        growth.NAME,
        "growth",
        "",
        [1.0] * len(held),
        [1.0] * len(held),
        labels={"every": 10_000, "resident": held},
    )
    return Data("growth", [row], len(held), 0)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_every_round_is_recorded(tmp_path: Path) -> None:
    rounds: list[int] = []
    row = growth.measure(3000, every=1000, told=rounds.append)
    assert rounds[:3] == [1, 2, 3]
    assert len(row.cpu) == len(row.wall) == len(row.labels["resident"]) == len(rounds)
    assert all(one > 10 for one in row.labels["resident"])


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "growth.json"
    assert main(["bench", "--growth", "--examples", "500", "--format", "json", "--output", str(kept)]) == 0
    assert read(kept.read_text("utf-8")).suite == "growth"
    assert main(["bench", "--growth", "--framework", "quart"]) == 2
    assert "belong to the middleware suite" in capsys.readouterr().err


def test_the_curve_and_what_it_says() -> None:
    data = read(sample([50.0, 90.0, 100.0, 99.0]).dumps())
    assert "40,000 examples: 50 MiB after the first 10,000, 100 at most, 99 at the end\n" in words.text(data)
    assert "the second half added +9.0 MiB" in words.markdown(data)
    root = xml.etree.ElementTree.fromstring(chart.svg(data))
    [line] = root.iter("{http://www.w3.org/2000/svg}polyline")
    heights = [float(point.split(",")[1]) for point in (line.get("points") or "").split()]
    assert heights[0] > heights[1] > heights[3] > heights[2]  # counted from above


def test_a_single_round_is_no_curve() -> None:
    with pytest.raises(ValueError, match="at least two rounds"):
        chart.svg(sample([50.0]))
